/// hiisi-keeper: the parent of every service, and the one program of Hiisi's
/// that runs as root. One thread, one epoll loop, no heap after start-up; it
/// never reads what users send, which is the forked child's work.

#include "hiidet/keeper/keeper.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include <fcntl.h>
#include <getopt.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace hiisi::keeper {

setup given;

bool watch(int fd, source what, uint32_t events, uint32_t index,
           int operation) {
  epoll_event wanted{};
  wanted.events = events;
  wanted.data.u64 = static_cast<uint64_t>(what) << 32 | index;
  return epoll_ctl(given.epoll, operation, fd, &wanted) == 0;
}

void unwatch(int& fd) {
  if (fd < 0)
    return;
  epoll_ctl(given.epoll, EPOLL_CTL_DEL, fd, nullptr);
  close(fd);
  fd = -1;
}

uint64_t monotonic_ms() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000U
         + static_cast<uint64_t>(now.tv_nsec) / 1'000'000U;
}

void log_line(int level, const char* what, int error) {
  char line[256];
  const auto* reason = error != 0 ? strerrordesc_np(error) : nullptr;
  snprintf(line, sizeof line, "<%d>hiisi-keeper: %s%s%s\n", level, what,
           reason != nullptr ? ": " : "", reason != nullptr ? reason : "");
  (void)!write(STDERR_FILENO, line, strlen(line));
}

namespace {

constexpr char help[] =
    R"(Usage: hiisi-keeper --socket PATH [OPTION]...

Starts, reaps and signals the services of hiidet, which speaks to it over
PATH. It outlives hiidet, and the services outlive both.

  --socket PATH       the socket, an absolute path; PATH.lock lies beside it
  --daemon-user NAME  the user that hiidet runs as (default: root)
  --daemon-uid N      the same, by number
  --cgroup NAME       the cgroup that holds the services' own (default:
                      hiisi); "none" does without cgroups
  --guardian          stay beside it and start it again should it die
  --idle-exit SECONDS end after so long without services and without hiidet
                      (default: 10); 0 is never
  --help, --version

Example: hiisi-keeper --socket /run/hiisi/keeper.sock --daemon-user hiisi
)";

[[noreturn]] void usage_error(const char* what, const char* value) {
  fprintf(stderr, "hiisi-keeper: %s: %s (try --help)\n", what, value);
  exit(setup_failed);
}

unsigned number(const char* text) {
  char* end = nullptr;
  errno = 0;
  const auto value = strtoul(text, &end, 10);
  if (errno != 0 || *text < '0' || *text > '9' || *end != '\0'
      || value >= UINT32_MAX)
    usage_error("not a number that serves here", text);
  return static_cast<unsigned>(value);
}

/// Returns whether a guardian is wanted.
bool read_options(int argc, char** argv) {
  static const option options[]
      = {{"socket", required_argument, nullptr, 's'},
         {"daemon-user", required_argument, nullptr, 'n'},
         {"daemon-uid", required_argument, nullptr, 'u'},
         {"cgroup", required_argument, nullptr, 'c'},
         {"guardian", no_argument, nullptr, 'g'},
         {"idle-exit", required_argument, nullptr, 'i'},
         {"help", no_argument, nullptr, 'h'},
         {"version", no_argument, nullptr, 'v'},
         {nullptr, 0, nullptr, 0}};
  bool guardian = false;
  given.daemon_uid = geteuid();
  for (int chosen = 0;
       (chosen = getopt_long(argc, argv, "", options, nullptr)) != -1;) {
    if (chosen == 's') {
      given.socket = optarg;
    } else if (chosen == 'n') {
      const auto* user = getpwnam(optarg);
      if (user == nullptr)
        usage_error("no such user", optarg);
      given.daemon_uid = user->pw_uid;
    } else if (chosen == 'u') {
      given.daemon_uid = number(optarg);
    } else if (chosen == 'c') {
      given.cgroup = optarg;
    } else if (chosen == 'g') {
      guardian = true;
    } else if (chosen == 'i') {
      given.idle_exit = number(optarg);
    } else if (chosen == 'h' || chosen == 'v') {
      fputs(chosen == 'h' ? help : "hiisi-keeper " HIISI_VERSION "\n", stdout);
      exit(0);
    } else {
      exit(setup_failed);
    }
  }
  if (optind < argc)
    usage_error("unexpected argument", argv[optind]);
  if (given.socket == nullptr)
    usage_error("missing option", "--socket PATH");
  if (strpbrk(given.cgroup, "/.\n") != nullptr
      || strlen(given.cgroup) - 1 >= NAME_MAX)
    usage_error("--cgroup needs the name of one directory", given.cgroup);
  return guardian;
}

/// What guardian and keeper share: nothing that was set up for an earlier
/// program must reach the services.
void settle_process() {
  for (int fd = 0; fd <= 2; ++fd)
    if (fcntl(fd, F_GETFD) < 0)
      (void)!open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY);
  close_range(3, ~0U, 0);
  for (int fd = child_channel; fd <= child_block; ++fd)
    (void)!open("/dev/null", O_RDONLY | O_CLOEXEC);
  for (int number = 1; number < NSIG; ++number)
    signal(number, SIG_DFL);
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  umask(022);
  (void)!chdir("/");
}

/// Says READY=1 to systemd, where it started us.
void notify_ready() {
  const auto* path = getenv("NOTIFY_SOCKET");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path == nullptr || (path[0] != '/' && path[0] != '@')
      || strlen(path) >= sizeof address.sun_path)
    return;
  memcpy(address.sun_path, path, strlen(path));
  if (path[0] == '@')
    address.sun_path[0] = '\0';
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  constexpr char ready[] = "READY=1";
  sendto(
      fd, ready, sizeof ready - 1, MSG_NOSIGNAL,
      reinterpret_cast<const sockaddr*>(&address),
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + strlen(path)));
  close(fd);
}

void raise_descriptors() {
  constexpr rlim_t wanted = 65536;
  getrlimit(RLIMIT_NOFILE, &given.files);
  given.own_files = given.files;
  given.own_files.rlim_cur = given.files.rlim_max;
  if (given.root && given.files.rlim_max < wanted)
    given.own_files = {wanted, wanted};
  if (setrlimit(RLIMIT_NOFILE, &given.own_files) != 0)
    given.own_files = given.files;
}

/// False when SIGTERM says to end.
bool on_signals(int signals) {
  signalfd_siginfo seen{};
  bool go_on = true;
  while (read(signals, &seen, sizeof seen) == sizeof seen)
    go_on = go_on && seen.ssi_signo != SIGTERM;
  on_child_signal();
  return go_on;
}

bool dispatch(const epoll_event& event, int signals) {
  auto& one = slot_at(static_cast<uint32_t>(event.data.u64));
  switch (static_cast<source>(event.data.u64 >> 32)) {
  case source::listener:
    on_listener();
    break;
  case source::connection:
    on_connection(event.events);
    break;
  case source::signals:
    return on_signals(signals);
  case source::channel:
    on_channel(one);
    break;
  case source::events:
    on_cgroup_events(one);
    break;
  }
  return true;
}

/// Of two times to wait, of which -1 is for ever.
int sooner(int one, int other) {
  return one < 0 || other < 0 ? std::max(one, other) : std::min(one, other);
}

/// Returns when SIGTERM or idleness ends the keeper.
void run_loop(int signals) {
  epoll_event events[64];
  uint64_t idle_since = monotonic_ms();
  for (bool go_on = true; go_on;) {
    int timeout
        = sooner(sooner(check_deadlines(), look_again()), sweep_leaves(false));
    flush();
    if (slots_used() > 0 || connected() || given.idle_exit == 0) {
      idle_since = 0;
    } else {
      const auto now = monotonic_ms();
      idle_since = idle_since == 0 ? now : idle_since;
      const auto end = idle_since + given.idle_exit * 1000ULL;
      if (now >= end)
        return;
      timeout = sooner(
          timeout, static_cast<int>(std::min<uint64_t>(end - now, INT_MAX)));
    }
    const int count = epoll_wait(given.epoll, events, 64, timeout);
    outdate_scan();
    for (int i = 0; i < count && go_on; ++i)
      go_on = dispatch(events[i], signals);
    flush();
  }
}

int run_keeper() {
  sigset_t taken;
  sigemptyset(&taken);
  sigaddset(&taken, SIGCHLD);
  sigaddset(&taken, SIGTERM);
  uint64_t word = 0;
  (void)!getrandom(&word, sizeof word, 0);
  snprintf(given.nonce, sizeof given.nonce, "%016lx", word);
  given.root = geteuid() == 0;
  raise_descriptors();
  find_cgroups();
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  prctl(PR_SET_DUMPABLE, 0);
  given.epoll = epoll_create1(EPOLL_CLOEXEC);
  const int signals = signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK);
  const char* failed = watch(signals, source::signals, EPOLLIN)
                           ? open_link()
                           : "watching signals";
  if (failed != nullptr) {
    log_line(3, failed, errno);
    return setup_failed;
  }
  notify_ready();
  run_loop(signals);
  (void)sweep_leaves(true);
  unlink(given.socket);
  return 0;
}

} // namespace
} // namespace hiisi::keeper

int main(int argc, char** argv) {
  using namespace hiisi::keeper;
  const bool guardian = read_options(argc, argv);
  settle_process();
  return guardian ? guard(run_keeper) : run_keeper();
}
