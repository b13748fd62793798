#include "hiidet/keeper/keeper.hpp"

#include <algorithm>
#include <csignal>
#include <ctime>

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace hiisi::keeper {
namespace {

/// Waits for the end of `pid` and returns its status; orphans of a keeper
/// that died come to us and are reaped on the way.
int wait_for_keeper(pid_t pid, const sigset_t& signals) {
  const auto handle = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  for (int status = 0;;) {
    for (pid_t ended = 0; (ended = waitpid(-1, &status, WNOHANG)) > 0;) {
      if (ended != pid)
        continue;
      close(handle);
      return status;
    }
    if (sigwaitinfo(&signals, nullptr) == SIGTERM)
      send_signal(handle, SIGTERM);
  }
}

} // namespace

int guard(int (*keeper)()) {
  constexpr unsigned longest_pause_ms = 5000;
  sigset_t signals;
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  signals = stop;
  sigaddset(&signals, SIGCHLD);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  bool has_run = false;
  for (unsigned quick = 0;;) {
    const auto begun = monotonic_ms();
    const pid_t pid = fork();
    if (pid == 0)
      _exit(keeper());
    const int status = pid < 0 ? -1 : wait_for_keeper(pid, signals);
    if (pid > 0 && WIFEXITED(status)
        && (WEXITSTATUS(status) == 0
            || (!has_run && WEXITSTATUS(status) == setup_failed)))
      return WEXITSTATUS(status);
    has_run = true;
    quick = monotonic_ms() - begun < 1000 ? quick + 1 : 0;
    log_line(3, "the keeper has died and is started again");
    const auto pause_ms = std::min(quick * 100, longest_pause_ms);
    const timespec pause{pause_ms / 1000, pause_ms % 1000 * 1'000'000L};
    if (sigtimedwait(&stop, nullptr, &pause) == SIGTERM)
      return 0;
  }
}

} // namespace hiisi::keeper
