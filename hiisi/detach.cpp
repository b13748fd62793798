#include "hiisi/detach.hpp"

#include "hiisi/call_errors.hpp"
#include "hiisi/text.hpp"

#include <cerrno>
#include <csignal>
#include <vector>

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

namespace hiisi::cli {

namespace {

using protocol::result;

/// What the daemon-to-be tells of itself; `error` is an errno. A report
/// without error is its first word; that execve worked is told by silence.
struct report {
  pid_t pid = 0;
  int error = 0;
};

void tell(int pipe, int error) {
  report what{::getpid(), error};
  // Nobody is left to whom a failure to report could be reported.
  [[maybe_unused]] auto written = ::write(pipe, &what, sizeof what);
}

/// The life of the grandchild up to execve. `pipe` closes itself there.
[[noreturn]] void become(const char* program, char* const* env, int log,
                         int pipe) {
  tell(pipe, 0);
  int null = ::open("/dev/null", O_RDWR);
  bool ready = null >= 0 && ::dup2(null, 0) >= 0 && ::dup2(null, 1) >= 0
               && ::dup2(log, 2) >= 0 && ::chdir("/") == 0;
  if (ready) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    // The pipe must last until execve; it goes to 3, and the rest goes.
    if (pipe == 3 || ::dup3(pipe, 3, O_CLOEXEC) == 3) {
      pipe = 3;
      ::syscall(SYS_close_range, 4u, ~0u, 0u);
      char* arguments[] = {const_cast<char*>(program), nullptr};
      ::execve(program, arguments, env);
    }
  }
  tell(pipe, errno);
  ::_exit(127);
}

/// Reads a whole report; false at the end of the pipe.
bool hear(int pipe, report& what) {
  auto got = ::read(pipe, &what, sizeof what);
  while (got < 0 && errno == EINTR)
    got = ::read(pipe, &what, sizeof what);
  return got == static_cast<ssize_t>(sizeof what);
}

} // namespace

result<detached_process> start_detached(const std::string& program,
                                        const environment& env,
                                        const std::string& error_log) {
  std::vector<std::string> pairs;
  for (const auto& [name, value] : env.all())
    pairs.push_back(name + "=" + value);
  std::vector<char*> block;
  for (std::string& pair : pairs)
    block.push_back(pair.data());
  block.push_back(nullptr);
  descriptor log{::open(
      error_log.c_str(),
      O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600)};
  if (!log)
    return failed("cannot write " + printable(error_log), errno);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return failed("pipe", errno);
  descriptor reading{ends[0]};
  descriptor writing{ends[1]};
  pid_t child = ::fork();
  if (child < 0)
    return failed("fork", errno);
  if (child == 0) {
    // A session of its own, then a second fork: a session's leader could be
    // given a controlling terminal, and init is to be the daemon's parent.
    ::setsid();
    pid_t grandchild = ::fork();
    if (grandchild == 0)
      become(program.c_str(), block.data(), log.get(), writing.get());
    if (grandchild < 0)
      tell(writing.get(), errno);
    ::_exit(0);
  }
  writing = descriptor{};
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  report first;
  if (!hear(reading.get(), first))
    return failed("cannot start " + printable(program), ECHILD);
  if (first.error != 0)
    return failed("fork", first.error);
  // Taken while it is known to be alive or just ended; at worst it is gone.
  descriptor process{
      static_cast<int>(::syscall(SYS_pidfd_open, first.pid, 0u))};
  report second;
  if (hear(reading.get(), second))
    return failed("cannot start " + printable(program), second.error);
  return detached_process{std::move(process)};
}

} // namespace hiisi::cli
