/// hiisi-keeper: the parent of every service, and the one program of Hiisi's
/// that runs as root. One thread, one epoll loop, no heap after start-up; it
/// never reads what users send, which is the forked child's work.

#include "hiidet/keeper/keeper.hpp"

#include <sys/prctl.h>
#include <sys/signalfd.h>

namespace hiisi::keeper {

bool watch(int fd, uint32_t about, uint32_t events) {
  epoll_event wanted{events, {.u32 = about}};
  return epoll_ctl(given.epoll, EPOLL_CTL_ADD, fd, &wanted) == 0;
}

void unwatch(int& fd) {
  epoll_ctl(given.epoll, EPOLL_CTL_DEL, fd, nullptr);
  close(fd);
  fd = -1;
}

namespace {

/// How long a keeper with a guardian waits for somebody to need it.
constexpr int idle_ms = 10'000;

constexpr char help[]
    = "Usage: hiisi-keeper [--guardian] SOCKET UID LEAST_UID [CGROUP]\n"
      "hiidet starts it, as the parent of all services; see hiisi-keeper(8).\n";

/// Returns when SIGTERM or idleness ends the keeper.
int run_keeper() {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  prctl(PR_SET_DUMPABLE, 0);
  getrlimit(RLIMIT_NOFILE, &given.files);
  const rlimit most{given.files.rlim_max, given.files.rlim_max};
  setrlimit(RLIMIT_NOFILE, &most);
  given.epoll = epoll_create1(EPOLL_CLOEXEC);
  const int signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
  if (listen(STDIN_FILENO, 8) != 0
      || !watch(STDIN_FILENO, about_listener, EPOLLIN)
      || !watch(signals, about_signals, EPOLLIN)
      || (given.cgroup != nullptr && mkdir(given.cgroup, 0755) != 0
          && access(given.cgroup, W_OK) != 0)) {
    dprintf(STDERR_FILENO, "<3>hiisi-keeper: cannot be set up: %m\n");
    return 2;
  }
  HIISI_CRASH_POINT("keeper.set_up");
  epoll_event events[64];
  signalfd_siginfo seen{};
  to_scan = given.cgroup == nullptr;
  for (;;) {
    if (std::exchange(to_scan, false))
      scan(nullptr);
    const bool busy = serve();
    const bool idle = given.guarded && connection < 0
                      && std::count(ids, ids + slots_end, 0U) == slots_end;
    const int wait = busy || to_scan ? 0 : idle ? idle_ms : -1;
    const int count = epoll_wait(given.epoll, events, 64, wait);
    if (count == 0 && wait > 0)
      return 0;
    for (int i = 0; i < count; ++i) {
      const auto about = events[i].data.u32;
      if (about < wire::max_slots)
        on_slot(slots[about]);
      else if (about == about_listener)
        on_listener();
      else if (about == about_signals) {
        if (read(signals, &seen, sizeof seen) > 0 && seen.ssi_signo == SIGTERM)
          return 0;
        on_child_signal();
      }
    }
  }
}

/// Runs the keeper in a child, and again a little later should a signal end
/// it. Returns its exit status.
int guard() {
  for (int status = 0;;) {
    const pid_t keeper = fork();
    if (keeper == 0)
      return run_keeper();
    HIISI_CRASH_POINT("guardian.forked");
    if (waitpid(keeper, &status, 0) == keeper && WIFEXITED(status))
      return WEXITSTATUS(status);
    usleep(100'000);
  }
}

} // namespace
} // namespace hiisi::keeper

int main(int argc, char** argv) {
  using namespace hiisi::keeper;
  const std::string_view first = argc > 1 ? argv[1] : "";
  given.guarded = first == "--guardian";
  argv += given.guarded;
  argc -= given.guarded;
  const bool asked = first == "--help" || first == "--version";
  if (asked || argc < 4 || argc > 5) {
    fputs(first == "--version" ? "hiisi-keeper " HIISI_VERSION "\n" : help,
          asked ? stdout : stderr);
    return asked ? 0 : 2;
  }
  given.daemon_uid = static_cast<uid_t>(strtoul(argv[2], nullptr, 10));
  given.least_uid = static_cast<uid_t>(strtoul(argv[3], nullptr, 10));
  given.cgroup = argv[4];
  // Nothing inherited is for the services.
  close_range(child_held, ~0U, CLOSE_RANGE_CLOEXEC);
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  for (int fd = child_held; fd <= child_block; ++fd)
    dup3(null, fd, O_CLOEXEC);
  return given.guarded ? guard() : run_keeper();
}
