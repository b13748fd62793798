#include "hiidet/keeper_start.hpp"

#include "actors/os/fd.hpp"
#include "actors/os/sys_error.hpp"

#include <array>
#include <cerrno>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace hiisi::hiidet {

namespace {

using protocol::errc;
using protocol::make_error;
using protocol::result;

/// Whether a keeper holds the lock of that socket. A lock that we may not even
/// open is that of a keeper which root has started, as its unit does; were it
/// gone, one that we start could not take it either.
bool keeper_is_there(const std::string& socket) {
  const os::fd lock{::open((socket + ".lock").c_str(), O_RDONLY | O_CLOEXEC)};
  if (!lock)
    return errno == EACCES;
  return ::flock(lock.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

/// The keeper is installed beside the daemon, and started from nowhere else:
/// root does not search a PATH.
result<std::string> keeper_program() {
  std::array<char, 4096> path{};
  const auto length = ::readlink("/proc/self/exe", path.data(), path.size());
  if (length <= 0 || static_cast<size_t>(length) == path.size())
    return os::sys_error(errc::unavailable, errno, "readlink",
                         "/proc/self/exe");
  std::string program{path.data(), static_cast<size_t>(length)};
  program.replace(program.find_last_of('/') + 1, std::string::npos,
                  "hiisi-keeper");
  if (::access(program.c_str(), X_OK) != 0)
    return make_error(errc::unavailable,
                      program + " cannot be run: " + os::errno_text(errno),
                      "hiisi-keeper is installed beside hiidet");
  return program;
}

/// In the child: lets go of our session and of everything inherited but the
/// standard streams, and becomes the keeper.
[[noreturn]] void become(char* const* argv) {
  if (::setsid() < 0)
    ::_exit(127);
  // A second fork, so that the keeper is nobody's child to wait for.
  const auto child = ::fork();
  if (child != 0)
    ::_exit(child < 0 ? 127 : 0);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const int null = ::open("/dev/null", O_RDWR);
  if (null >= 0) {
    ::dup2(null, STDIN_FILENO);
    ::dup2(null, STDOUT_FILENO);
  }
  ::close_range(3, ~0u, 0);
  if (::chdir("/") != 0)
    ::_exit(127);
  ::execv(argv[0], argv);
  ::_exit(127);
}

} // namespace

result<void> ensure_keeper(const keeper_command& command) {
  if (keeper_is_there(command.socket))
    return {};
  auto program = keeper_program();
  if (!program)
    return std::move(program).failure();
  std::vector<std::string> words = {*program,
                                    "--socket",
                                    command.socket,
                                    "--daemon-uid",
                                    std::to_string(command.daemon_uid),
                                    "--cgroup",
                                    command.cgroup,
                                    "--guardian"};
  std::vector<char*> argv;
  for (auto& word : words)
    argv.push_back(word.data());
  argv.push_back(nullptr);
  const auto child = ::fork();
  if (child < 0)
    return os::sys_error(errc::unavailable, errno, "fork");
  if (child == 0)
    become(argv.data());
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0)
    return make_error(errc::unavailable, *program + " could not be started");
  return {};
}

std::string cgroup_name(const std::string& runtime_dir, bool usual_place) {
  struct stat facts {};
  if (usual_place || ::stat(runtime_dir.c_str(), &facts) != 0)
    return "hiisi";
  return "hiisi-" + std::to_string(facts.st_dev) + "-"
         + std::to_string(facts.st_ino);
}

} // namespace hiisi::hiidet
