#pragma once

#include <cerrno>
#include <exception>
#include <system_error>

#include <sys/wait.h>
#include <unistd.h>

namespace hiisi::test {

/// Runs `body`, which returns an exit status, in a forked child, for what
/// cannot be undone in the test's own process: dropped privileges, lowered
/// limits. Returns that status, 128 + the signal that ended it, or 126 after
/// an exception. Boost.Test's macros are of no use in the body.
template <class Body>
[[nodiscard]] int in_child(Body body) {
  auto pid = ::fork();
  if (pid < 0)
    throw std::system_error(errno, std::generic_category(), "fork");
  if (pid == 0) {
    int status = 126;
    try {
      status = body();
    } catch (const std::exception&) {
    }
    // No destructors of the parent's objects here: they own its files.
    ::_exit(status);
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR)
      throw std::system_error(errno, std::generic_category(), "waitpid");
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

} // namespace hiisi::test
