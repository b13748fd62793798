#include "hiisi/help.hpp"

namespace hiisi::cli {

namespace {

#define HIISI_GLOBAL_OPTIONS                                                   \
  "\nOptions of every verb:\n"                                                 \
  "  --json               print one JSON document\n"                           \
  "  --color WHEN         auto (a terminal, and NO_COLOR unset), always, "     \
  "never\n"                                                                    \
  "  --socket PATH        the daemon's socket (HIISI_SOCKET does the same)\n"  \
  "  --no-autostart       start no hiidet of your own (HIISI_NO_AUTOSTART=1\n" \
  "                       does the same)\n"                                    \
  "  -h, --help           this text\n"                                         \
  "      --version        the version of hiisi\n"

struct topic_text {
  std::string_view topic;
  std::string_view text;
};

constexpr topic_text texts[] = {
    {"", R"(hiisi - run programs that stay, and agree on ports

Usage: hiisi [OPTIONS] VERB ...

Processes:
  run CMD ARG...       start a program that goes on when you log out
  status [ID|NAME]     list your processes, or show one
  logs ID|NAME         show what a process has written
  stop ID|NAME...      stop processes
  start ID|NAME...     start processes that have ended
  restart ID|NAME...   stop processes and start them again
  rm ID|NAME...        forget processes, stopping them first

What happened:
  events               starts, ends, restarts and the like, also as they come
  history ID|NAME      the same of one process, even a removed one
  hook add CMD ARG...  have a command run when something happens
  hook list            show your hooks
  hook rm NUMBER...    remove hooks
  quota                what you use of what is limited
  doctor               what this host gives and does not give Hiisi

Ports:
  port allocate [PORT] get a port for yourself
  port free PORT...    give ports back
  port lookup [USER]   list whose ports are whose, and who uses them
  port check PORT      whether a port could be had
  port suggest         ports that could be had
  port keep, transfer, accept, gc, export
                       see hiisi help port

  shutdown             (administrators) stop everything, as for a reboot
  debug TOPIC          (administrators) look inside of the daemon
  version              the versions of hiisi and of the daemon
  help [VERB]          this text, or a verb's
)" HIISI_GLOBAL_OPTIONS R"(
Exit status: 0 done, 1 refused or failed, 2 wrong usage, 3 not running (status
of one process), 4 not permitted or no such thing, 5 no daemon.

Example:
  hiisi run --restart ./my_server --port 8080
  hiisi status
  hiisi logs my_server -f
)"},
    {"run", R"(Usage: hiisi run [OPTIONS] CMD [ARG...]

Starts a program that goes on when you log out, with your environment, your
umask and the directory you are in. The first word that is no option of hiisi's
starts the command, and all words behind it are the command's own; "--" may
stand between.

  --restart[=POLICY]   start it again when it ends: always (what a bare
                       --restart means), on-failure, no (the default)
  --name NAME          its name; otherwise made from the program's
  --cwd DIR            the directory to start it in
  --port[=[LABEL:][PORT][/udp]]
                       a port of yours for it, several if repeated: PORT, the
                       one that you have under LABEL, or any; it stays the
                       process's over restarts and reboots. Its number is in the
                       variables PORT (the first) and PORT_LABEL, and replaces
                       {port} and {port:LABEL} in the command
  --listen[=ADDRESS]   have Hiisi listen on the ports, at every address or at
                       one, and give the program the sockets as systemd does
                       (LISTEN_FDS): nobody else gets the ports, and while the
                       program restarts connections wait
  --limit WHAT=N[,WHAT=N...]
                       limits of each of its processes: nofile (open files),
                       nproc (your processes, all of them), cpu (seconds of CPU
                       time), memory (of address space, such as 64MiB). They
                       can be lower than yours, not higher. Where this host has
                       the cgroup controllers, memory and nproc also hold all
                       that the run starts together, and so does cpus (such as
                       1.5), which needs them
  --login              start it with the environment, umask and home directory
                       that your login shell begins with, not those of now
  --timestamps         begin each line of its logs with the time it was written
                       at, such as 2026-11-25T03:12:05.123+01:00
  --pty                give it a terminal of its own, for programs that write in
                       colour or line by line only to one; both streams go to
                       the log of stdout then
  --log-size SIZE      how large each of its logs grows before it is rotated,
                       such as 64KiB or 1GiB; 0 for no rotation (default 10MiB,
                       or as the administrator has set it)
  --log-keep N         how many older segments of each log are kept (default 5)
  --stop-signal SIG    the first signal of a stop, such as TERM (default INT)
  --stop-timeout SECONDS
                       how long a stop waits after its first signal, and again
                       after SIGTERM, before it kills (default 5)
)" HIISI_GLOBAL_OPTIONS R"(
Example:
  hiisi run --restart=on-failure --name web ./my_server --port 8080
  hiisi run --restart --port=web python3 -m http.server {port}
)"},
    {"status", R"(Usage: hiisi status [ID|NAME] [--all]

Lists your processes with the share of one CPU that each has had since its
start, and its memory in RAM, over all that it has started; with an ID or NAME
shows one process in full, with its processes, limits, last ends and last lines
of output, and ends with 3 if it is not running. What only its owner may see is
"-" to others.

  --all                everybody's processes
)" HIISI_GLOBAL_OPTIONS R"(
Example:
  hiisi status
  hiisi status web --json
)"},
    {"logs",
     R"(Usage: hiisi logs ID|NAME [-f] [-n N] [--since TIME] [--grep PATTERN]
                  [--stdout|--stderr] [--raw]
       hiisi logs clear ID|NAME [--stdout|--stderr]

Shows the last lines that a process has written, its older segments included.
"hiisi logs clear" empties its logs and removes their segments; it goes on
writing.

  -f, --follow         go on with what it writes, until Ctrl-C
  -n, --lines N        how many lines of each stream (default 15; all where
                       --since or --grep is given)
  --since TIME         only what was written since then: 10m, 2h, 2026-11-25,
                       '2026-11-25 03:12'. Lines that begin with a time are told
                       apart by it, others by when their segment was last
                       written to
  --grep PATTERN       only lines that match, as grep -E reads it
  --stdout             only its standard output
  --stderr             only its standard error
  --raw                at a terminal, too, exactly what the process wrote. Else
                       what would drive the terminal is shown there as \x1b;
                       newlines, tabs and the colours of your own logs stay
)" HIISI_GLOBAL_OPTIONS R"(
Example:
  hiisi logs web -n 100 --stderr
  hiisi logs web --since 2h --grep 'error|warning'
)"},
    {"stop", R"(Usage: hiisi stop ID|NAME... | --all

Stops processes with all that they started: SIGINT, then SIGTERM, then SIGKILL,
with 5 seconds after each of the first two (hiisi run --help tells how to change
that). They stay listed, and stopped, until start or rm.

  --all                all of your own that are running
)" HIISI_GLOBAL_OPTIONS R"(
Example:
  hiisi stop 7 web
)"},
    {"start", R"(Usage: hiisi start ID|NAME... | --all

Starts processes that have ended or were stopped, as they were first run: the
same command, environment and directory.

  --all                all of your own that are not running
)" HIISI_GLOBAL_OPTIONS R"(
Example:
  hiisi start web
)"},
    {"restart", R"(Usage: hiisi restart ID|NAME... | --all

Stops processes and starts them again.

  --all                all of your own that are running
)" HIISI_GLOBAL_OPTIONS R"(
Example:
  hiisi restart web
)"},
    {"rm", R"(Usage: hiisi rm ID|NAME... | --all [--keep-port|--free-port]

Forgets processes, stopping those that run. Ports that a process had by number
or label stay yours, unless you say otherwise: at a terminal hiisi asks. Those
that it was given without a name go with it.

  --all                all of your own
  --keep-port          all of its ports stay yours
  --free-port          all of its ports are given back
)" HIISI_GLOBAL_OPTIONS R"(
Example:
  hiisi rm 7
)"},
    {"port",
     R"(Usage: hiisi port allocate [PORT] [--label TEXT] [--udp] [--count N]
       hiisi port free PORT... [--force]
       hiisi port lookup [USER]
       hiisi port check PORT
       hiisi port suggest [--near PORT] [--count N]
       hiisi port keep PORT [--off]
       hiisi port transfer PORT USER|--cancel
       hiisi port accept PORT
       hiisi port gc [--dry-run]
       hiisi port export [USER] [--format caddy|nginx|json] [--domain DOMAIN]

Agrees with the other users of this host on who uses which port, from 1024 to
65535. Nothing stops a program from using another's port: this is an agreement.
)" HIISI_GLOBAL_OPTIONS R"(
Example:
  hiisi port allocate 8080
)"},
    {"port allocate",
     R"(Usage: hiisi port allocate [PORT] [--label TEXT] [--udp]
       hiisi port allocate --count N [--contiguous] [--udp]

Gives you a port of your own: PORT, or one that is free. It stays yours until
you free it. Where the output is no terminal, the number stands alone.

  --label TEXT         your name for it; the same label gives the same port
                       again
  --udp                it is meant for UDP
  --count N            so many at once, or none
  --contiguous         that follow each other
)" HIISI_GLOBAL_OPTIONS R"(
Example:
  PORT=$(hiisi port allocate --label web) && ./my_server --port "$PORT"
)"},
    {"port free", R"(Usage: hiisi port free PORT... [--force]

Gives ports of yours back.

  --force              even those that you listen on just now
)" HIISI_GLOBAL_OPTIONS R"(
Example:
  hiisi port free 8080
)"},
    {"port lookup", R"(Usage: hiisi port lookup [USER]

Lists the ports that are allocated, all or one user's, and who uses them just
now: "listening" is its owner, by the process of Hiisi's that is named where it
is one; "idle" says for how long; "taken" that somebody else listens. Listeners
without an allocation are shown to their user and to administrators. "unused"
is idle for so long that it should be freed, "orphaned" the port of a user whom
the host does not know any more.
)" HIISI_GLOBAL_OPTIONS R"(
Example:
  hiisi port lookup alice
)"},
    {"port check", R"(Usage: hiisi port check PORT

Says whether you could have that port, whose it is, and who listens on it. Ends
with 1 if you could not.
)" HIISI_GLOBAL_OPTIONS R"(
Example:
  hiisi port check 8080
)"},
    {"port suggest", R"(Usage: hiisi port suggest [--near PORT] [--count N]

Shows ports that could be had, and takes none.

  --near PORT          the next ones above PORT
  --count N            so many (default 1)
)" HIISI_GLOBAL_OPTIONS R"(
Example:
  hiisi port suggest --near 8080
)"},
    {"port keep", R"(Usage: hiisi port keep PORT [--off]

Exempts a port of yours from being collected when it is unused.

  --off                no longer
)" HIISI_GLOBAL_OPTIONS R"(
Example:
  hiisi port keep 8080
)"},
    {"port transfer", R"(Usage: hiisi port transfer PORT USER|--cancel

Offers a port of yours to USER, who takes it with hiisi port accept. Until then
it stays yours.

  --cancel             takes the offer back, or declines it
)" HIISI_GLOBAL_OPTIONS R"(
Example:
  hiisi port transfer 8080 anna
)"},
    {"port accept", R"(Usage: hiisi port accept PORT

Takes a port that somebody has offered to you.
)" HIISI_GLOBAL_OPTIONS R"(
Example:
  hiisi port accept 8080
)"},
    {"port gc", R"(Usage: hiisi port gc [--dry-run]

Frees your ports that have been idle for too long (30 days, unless the
administrator has said otherwise) and says why each idle one goes or stays.
Ports that are kept, and those of a process that is defined, stay. For
administrators: everybody's.

  --dry-run            only says what would go
)" HIISI_GLOBAL_OPTIONS R"(
Example:
  hiisi port gc --dry-run
)"},
    {"port export",
     R"(Usage: hiisi port export [USER] [--format caddy|nginx|json] [--domain DOMAIN]

Writes a part of a reverse proxy's configuration for the ports that have a label
and are listened on: each at the path /USER/LABEL/, or, with a domain, at
LABEL.USER.DOMAIN.

  --format FORMAT      caddy, nginx or json (the default)
  --domain DOMAIN      host names in the place of paths
)" HIISI_GLOBAL_OPTIONS R"(
Example:
  hiisi port export --format caddy --domain example.org
)"},
    {"events", R"(Usage: hiisi events [-f] [-n N] [--since TIME] [--user USER]

Shows what happened to your processes and ports, the oldest first: starts, ends
with their status, CPU time and memory, restarts, waits, give-ups, stops and who
asked for them. Root and members of hiisi-admin see everybody's.

  -f, --follow         go on with what happens, until Ctrl-C
  -n, --lines N        only the latest N (default 100, or all with --since)
  --since TIME         only from then on: 30s, 10m, 2h, 3d ago, or a date such
                       as 2026-11-25 or "2026-11-25 03:12" (local time)
  --user USER          only that user's
With --json one document, but with -f one object on each line.
)" HIISI_GLOBAL_OPTIONS R"(
Example:
  hiisi events --since 2h
)"},
    {"history", R"(Usage: hiisi history ID|NAME [-f] [-n N] [--since TIME]

Shows what happened to one process, also after rm, as long as it is kept.

  -f, --follow         go on with what happens, until Ctrl-C
  -n, --lines N        only the latest N (default 100, or all with --since)
  --since TIME         only from then on, as in hiisi events
)" HIISI_GLOBAL_OPTIONS R"(
Example:
  hiisi history web
)"},
    {"hook",
     R"(Usage: hiisi hook add --on KIND... [--process ID|NAME] CMD [ARG...]
       hiisi hook list
       hiisi hook rm NUMBER...

Has a command run, as you, whenever something happens to your processes.
)" HIISI_GLOBAL_OPTIONS R"(
Example:
  hiisi hook add --on give_up -- mail -s 'gave up' me
)"},
    {"hook add",
     R"(Usage: hiisi hook add --on KIND... [--process ID|NAME] CMD [ARG...]

Has CMD run, with your environment, umask and current directory of now, whenever
such an event happens. The event comes as JSON on its standard input, on one
line; its output goes to ~/.logs/hook-NUMBER.out and .err. A run that takes
longer than 30 seconds is killed. A hook runs once at a time and at most once a
second: what happens meanwhile comes together with the next run, one event on
each line, at most the latest 100.

  --on KIND            start, restart, start_failed, exit, backoff, give_up,
                       stop, remove, port, configuration, recovery or refusal;
                       may be given several times
  --process ID|NAME    only events of this process; by name also of one to come
)" HIISI_GLOBAL_OPTIONS R"(
Example:
  hiisi hook add --on give_up --process web -- ./tell-me.sh
)"},
    {"hook list", R"(Usage: hiisi hook list

Shows your hooks, and how their last runs ended.
)" HIISI_GLOBAL_OPTIONS R"(
Example:
  hiisi hook list
)"},
    {"hook rm", R"(Usage: hiisi hook rm NUMBER...

Removes hooks of yours. A run that is under way goes on to its end.
)" HIISI_GLOBAL_OPTIONS R"(
Example:
  hiisi hook rm 1
)"},
    {"quota", R"(Usage: hiisi quota [--user USER]

Shows your limits and what you use of each: processes that are defined, starts
and restarts within the last minute, ports, connections to hiidet, and bytes of
requests and answers on their way. Root has no limits, and neither has anybody
in a hiidet of their own, but for its connections.

  --user USER          another user's (administrators)
)" HIISI_GLOBAL_OPTIONS R"(
Example:
  hiisi quota
)"},
    {"doctor", R"(Usage: hiisi doctor

Looks at what the kernel, its file systems, cgroups, limits and configuration
give and do not give Hiisi here, for you and for hiidet, and says what to do
about it. A line is "ok"; or "note" where Hiisi does with less and nothing is at
risk; or "wrong" where something does not work, or may be lost. Ends with 0 only
where nothing is wrong, and with 5 where no hiidet runs: then it looks at what
can be seen without one.
)" HIISI_GLOBAL_OPTIONS R"(
Example:
  hiisi doctor
)"},
    {"debug", R"(Usage: hiisi debug TOPIC

For administrators: looks inside of the daemon.

  actors               all actors as a tree, with their state and counters
  actor ID             one actor's whole state
  connections          who is connected
  keeper               what the keeper holds, and what was said to it
  timers               what the daemon is waiting for
  registry             ports: the file against memory against the kernel
  config               the settings in force, and where each comes from
  trace                the messages between actors, of one second;
    -f, --follow       until Ctrl-C
    --user USER        only of that user's
  bundle [FILE]        all of it in one tar archive, for a bug report
                       (FILE must not be there yet)
Environments, arguments and directories of users' processes are left out.
)" HIISI_GLOBAL_OPTIONS R"(
Example:
  sudo hiisi debug actors
)"},
    {"shutdown", R"(Usage: hiisi shutdown

For administrators, and for the unit that systemd runs when the host goes down:
stops the processes of all users, each by its own stop ladder and all at once,
and comes back when the last has ended. Nothing is started from then on, until
hiidet is started anew; then whatever has a restart policy comes back.
)" HIISI_GLOBAL_OPTIONS R"(
Example:
  sudo hiisi shutdown
)"},
    {"version", R"(Usage: hiisi version

Shows the versions of hiisi and of the daemon, if one is running; none is
started for it.
)" HIISI_GLOBAL_OPTIONS R"(
Example:
  hiisi version --json
)"},
    {"help", R"(Usage: hiisi help [VERB]

Shows what hiisi can do, or what a verb takes.
)" HIISI_GLOBAL_OPTIONS R"(
Example:
  hiisi help port allocate
)"},
};

#undef HIISI_GLOBAL_OPTIONS

} // namespace

std::string_view help_text(std::string_view topic) noexcept {
  for (const topic_text& entry : texts)
    if (entry.topic == topic)
      return entry.text;
  // The verbs of debug have one text.
  if (topic.starts_with("debug "))
    return help_text("debug");
  return texts[0].text;
}

} // namespace hiisi::cli
