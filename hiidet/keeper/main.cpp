/// hiisi-keeper: the parent of every service, and the one program of Hiisi's
/// that runs as root. One thread, one epoll loop, no heap after start-up; it
/// never reads what users send, which is the forked child's work.

#include "hiidet/keeper/keeper.hpp"

#include <climits>
#include <cstddef>
#include <cstdlib>
#include <string_view>

#include <pwd.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/un.h>
#include <sys/wait.h>

namespace hiisi::keeper {

bool watch(int fd, uint32_t about, uint32_t events, int operation) {
  epoll_event wanted{};
  wanted.events = events;
  wanted.data.u32 = about;
  return epoll_ctl(given.epoll, operation, fd, &wanted) == 0;
}

void unwatch(int& fd) {
  if (fd < 0)
    return;
  epoll_ctl(given.epoll, EPOLL_CTL_DEL, fd, nullptr);
  close(fd);
  fd = -1;
}

uint64_t now_ns(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000U
         + static_cast<uint64_t>(now.tv_nsec);
}

uint64_t now_ms() {
  return now_ns(CLOCK_MONOTONIC) / 1'000'000U;
}

namespace {

/// The exit status of a keeper that could not be set up.
constexpr int setup_failed = 2;

constexpr char help[] = R"(Usage: hiisi-keeper --socket PATH [OPTION]...
Starts, reaps and signals the services of hiidet, and outlives it.
  --socket PATH       where it listens for hiidet; PATH.lock lies beside it
  --daemon-user NAME  the user of /etc/passwd that hiidet runs as, or
  --daemon-uid N      the same by number (default: our own)
  --cgroup NAME       holds the services' cgroups (default: hiisi), or "none"
  --guardian          start it again should it die
  --idle-exit SECONDS end so long after the last need (default: 10; 0: never)
  --help, --version
Example: hiisi-keeper --socket /run/hiisi/keeper.sock --daemon-user hiisi
)";

[[noreturn]] void usage_error(const char* what, const char* value) {
  fprintf(stderr, "hiisi-keeper: %s: %s (try --help)\n", what, value);
  exit(setup_failed);
}

unsigned number(const char* text) {
  char* end = nullptr;
  const auto value = strtoul(text, &end, 10);
  if (*text < '0' || *text > '9' || *end != '\0' || value >= UINT32_MAX)
    usage_error("not a number that serves here", text);
  return static_cast<unsigned>(value);
}

/// Not by getpwnam(3), whose modules would be loaded into the keeper, where
/// each mapping makes every fork slower.
uid_t uid_of(const char* name) {
  auto* users = fopen("/etc/passwd", "re");
  while (const auto* user = users != nullptr ? fgetpwent(users) : nullptr)
    if (strcmp(user->pw_name, name) == 0)
      return user->pw_uid;
  usage_error("no such user in /etc/passwd", name);
}

/// Returns whether a guardian is wanted.
bool read_options(int argc, char** argv) {
  bool guardian = false;
  given.daemon_uid = geteuid();
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--help" || name == "--version") {
      fputs(name == "--help" ? help : "hiisi-keeper " HIISI_VERSION "\n",
            stdout);
      exit(0);
    }
    if (name == "--guardian")
      guardian = true;
    else if (i + 1 == argc)
      usage_error("unknown option, or one without its value", argv[i]);
    else if (name == "--socket")
      given.socket = argv[++i];
    else if (name == "--daemon-user")
      given.daemon_uid = uid_of(argv[++i]);
    else if (name == "--daemon-uid")
      given.daemon_uid = number(argv[++i]);
    else if (name == "--cgroup")
      given.cgroup = argv[++i];
    else if (name == "--idle-exit")
      given.idle_exit = number(argv[++i]);
    else
      usage_error("unknown option", argv[i]);
  }
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
  prctl(PR_SET_CHILD_SUBREAPER, 1);
}

/// Says READY=1 to systemd, where it started us.
void notify_ready() {
  sockaddr_un address{AF_UNIX, ""};
  const auto* path = getenv("NOTIFY_SOCKET");
  if (path == nullptr || strlen(path) >= sizeof address.sun_path)
    return;
  const auto size = offsetof(sockaddr_un, sun_path) + strlen(path);
  strcpy(address.sun_path, path);
  if (path[0] == '@')
    address.sun_path[0] = '\0';
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sendto(fd, "READY=1", 7, MSG_NOSIGNAL,
         reinterpret_cast<const sockaddr*>(&address),
         static_cast<socklen_t>(size));
  close(fd);
}

/// Returns when SIGTERM or idleness ends the keeper.
void run_loop(int signals) {
  epoll_event events[64];
  signalfd_siginfo seen{};
  auto idle_since = now_ms();
  for (;;) {
    int timeout = look_after();
    flush();
    const auto now = now_ms();
    if (slots_used > 0 || connected() || given.idle_exit == 0)
      idle_since = now;
    else if (now >= idle_since + given.idle_exit * 1000ULL)
      return;
    else
      timeout = 1000;
    const int count = epoll_wait(given.epoll, events, 64, timeout);
    for (auto* event = events; event < events + count; ++event) {
      const auto about = event->data.u32;
      if (about < wire::max_slots)
        on_slot(slots[about]);
      else if (about == about_listener)
        on_listener();
      else if (about == about_connection)
        on_connection(event->events);
      else if (read(signals, &seen, sizeof seen) == sizeof seen
               && seen.ssi_signo == SIGTERM)
        return;
      else
        on_child_signal();
    }
    flush();
  }
}

int run_keeper() {
  sigset_t all;
  sigfillset(&all);
  uint64_t word = 0;
  (void)!getrandom(&word, sizeof word, 0);
  snprintf(given.nonce, sizeof given.nonce, "%016lx", word);
  given.root = geteuid() == 0;
  getrlimit(RLIMIT_NOFILE, &given.files);
  given.own_files = {given.files.rlim_max, given.files.rlim_max};
  setrlimit(RLIMIT_NOFILE, &given.own_files);
  find_cgroups();
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  prctl(PR_SET_DUMPABLE, 0);
  given.epoll = epoll_create1(EPOLL_CLOEXEC);
  const int signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
  const char* failed = watch(signals, about_signals, EPOLLIN)
                           ? open_link()
                           : "watching signals";
  if (failed != nullptr) {
    dprintf(STDERR_FILENO, "<3>hiisi-keeper: %s: %m\n", failed);
    return setup_failed;
  }
  notify_ready();
  run_loop(signals);
  unlink(given.socket);
  return 0;
}

/// Runs the keeper in a child, and again a little later when it dies. Orphans
/// of one that died come to us. Passes SIGTERM on. Returns the exit status once
/// the keeper ends well, or could not be set up the first time.
int guard() {
  constexpr timespec pause{0, 100'000'000};
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  for (bool first = true;; first = false) {
    sigaddset(&signals, SIGCHLD);
    const pid_t keeper = fork();
    if (keeper == 0)
      _exit(run_keeper());
    int status = 0;
    for (pid_t ended = 0; ended != keeper && keeper > 0;)
      if ((ended = waitpid(-1, &status, WNOHANG)) == 0
          && sigwaitinfo(&signals, nullptr) == SIGTERM)
        signal_process(keeper, SIGTERM);
    if (keeper > 0 && WIFEXITED(status) && (WEXITSTATUS(status) == 0 || first))
      return WEXITSTATUS(status);
    dprintf(STDERR_FILENO, "<3>hiisi-keeper: it has died; starting it again\n");
    sigdelset(&signals, SIGCHLD);
    if (sigtimedwait(&signals, nullptr, &pause) == SIGTERM)
      return 0;
  }
}

} // namespace
} // namespace hiisi::keeper

int main(int argc, char** argv) {
  using namespace hiisi::keeper;
  const bool guardian = read_options(argc, argv);
  settle_process();
  return guardian ? guard() : run_keeper();
}
