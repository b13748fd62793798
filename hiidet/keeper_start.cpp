#include "hiidet/keeper_start.hpp"

#include "actors/os/fd.hpp"
#include "actors/os/sys_error.hpp"
#include "fault/crash_point.hpp"
#include "hiidet/cgroup_place.hpp"
#include "hiidet/program_beside.hpp"
#include "hiidet/service_manager.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

namespace hiisi::hiidet {

namespace {

using protocol::errc;
using protocol::make_error;
using protocol::result;

/// What there is of sockets at a path.
struct sockets_at {
  bool listening = false;
  bool connected = false;
};

/// Asked of the kernel's list, since to connect would take the place of the
/// daemon that is connected.
sockets_at look_at(const std::string& socket) {
  sockets_at found;
  std::ifstream file{"/proc/net/unix"};
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields{line};
    std::string number, references, protocol, flags, type, state, inode, path;
    fields >> number >> references >> protocol >> flags >> type >> state
        >> inode >> std::ws;
    std::getline(fields, path);
    if (path != socket)
      continue;
    // __SO_ACCEPTCON: it listens.
    found.listening |= flags == "00010000";
    found.connected |= flags != "00010000";
  }
  return found;
}

bool is_listened_at(const std::string& socket) {
  return look_at(socket).listening;
}

/// A connection to who listens there, none where nobody does.
os::fd connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  os::fd socket{
      ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address),
                sizeof address)
      != 0)
    socket.reset();
  return socket;
}

/// Listens for the keeper, which inherits it. No descriptor where one is there
/// already. In the place of a socket that an earlier one has left.
result<os::fd> listen_at(const keeper_command& command) {
  const auto& path = command.socket;
  const auto failed = [&path](const char* step) {
    return os::sys_error(errc::unavailable, errno, step, path);
  };
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return make_error(errc::unavailable,
                      "the keeper's socket path is too long: " + path,
                      "a socket's path has at most 107 bytes");
  std::memcpy(address.sun_path, path.data(), path.size());
  if (is_listened_at(path))
    return os::fd{};
  // Two daemons that start at once start one keeper. Where we may not lock,
  // root has started one, as its unit does, and will again.
  const os::fd lock{::open((path + ".lock").c_str(),
                           O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600)};
  if (!lock && errno == EACCES)
    return os::fd{};
  if (!lock || ::flock(lock.get(), LOCK_EX) != 0)
    return failed("lock");
  if (is_listened_at(path))
    return os::fd{};
  struct stat old {};
  if (::lstat(path.c_str(), &old) == 0) {
    if (!S_ISSOCK(old.st_mode))
      return make_error(errc::unavailable,
                        path + " is there already and is no socket",
                        "remove it, or give another place with --runtime-dir");
    ::unlink(path.c_str());
    HIISI_CRASH_POINT("keeper_socket.removed");
  }
  os::fd socket{
      ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  // Nobody can connect before it listens, with the right owner and mode.
  if (!socket
      || ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address),
                sizeof address)
             != 0)
    return failed("make the socket");
  HIISI_CRASH_POINT("keeper_socket.bound");
  if (::chmod(path.c_str(), 0600) != 0
      || (command.daemon_uid != ::geteuid()
          && ::lchown(path.c_str(), command.daemon_uid, static_cast<gid_t>(-1))
                 != 0))
    return failed("give the daemon's user");
  HIISI_CRASH_POINT("keeper_socket.given");
  if (::listen(socket.get(), 8) != 0)
    return failed("listen on");
  HIISI_CRASH_POINT("keeper_socket.listening");
  return socket;
}

std::vector<std::string> words_for(const keeper_command& command,
                                   std::string program, bool guarded) {
  std::vector<std::string> words{std::move(program)};
  if (guarded)
    words.emplace_back("--guardian");
  words.push_back(command.socket);
  words.push_back(std::to_string(command.daemon_uid));
  words.push_back(std::to_string(command.least_uid));
  if (!command.cgroup.empty())
    words.push_back(command.cgroup);
  return words;
}

/// Becomes the keeper, which has its socket as standard input.
void execute(std::vector<std::string> words, const os::fd& listener) {
  std::vector<char*> argv;
  for (auto& word : words)
    argv.push_back(word.data());
  argv.push_back(nullptr);
  // Nothing that was set up for us, or for who started us, is to reach the
  // services.
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (int number = 1; number < NSIG; ++number)
    ::signal(number, SIG_DFL);
  ::umask(022);
  if (::chdir("/") != 0)
    return;
  if (::dup2(listener.get(), STDIN_FILENO) == STDIN_FILENO)
    ::execv(argv[0], argv.data());
}

/// In the child: lets go of our session and of everything inherited but the
/// standard error, and becomes the keeper.
[[noreturn]] void become_stray(const std::vector<std::string>& words,
                               const os::fd& listener) {
  if (::setsid() < 0)
    ::_exit(127);
  // A second fork, so that the keeper is nobody's child to wait for.
  const auto child = ::fork();
  if (child != 0)
    ::_exit(child < 0 ? 127 : 0);
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null >= 0)
    ::dup2(null, STDOUT_FILENO);
  ::close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);
  execute(words, listener);
  ::_exit(127);
}

} // namespace

result<os::fd> ensure_keeper(const keeper_command& command) {
  auto listener = listen_at(command);
  if (!listener)
    return std::move(listener).failure();
  if (!*listener) {
    if (look_at(command.socket).connected)
      return os::fd{};
    if (auto held = connect_to(command.socket))
      return held;
    // It has just ended.
    listener = listen_at(command);
    if (!listener || !*listener)
      return listener;
  }
  auto program = program_beside("hiisi-keeper");
  if (!program) {
    ::unlink(command.socket.c_str());
    return std::move(program).failure();
  }
  prepare_cgroup(command.cgroup);
  const auto child = ::fork();
  if (child < 0)
    return os::sys_error(errc::unavailable, errno, "fork");
  if (child == 0)
    become_stray(words_for(command, *program, true), *listener);
  HIISI_CRASH_POINT("keeper.started");
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0)
    return make_error(errc::unavailable, *program + " could not be started");
  return os::fd{};
}

protocol::error become_keeper(const keeper_command& command) {
  auto program = program_beside("hiisi-keeper");
  if (!program)
    return std::move(program).failure();
  auto listener = listen_at(command);
  if (!listener)
    return std::move(listener).failure();
  if (!*listener)
    return make_error(errc::conflict,
                      "a keeper listens at " + command.socket + " already",
                      "end it first; services run on");
  prepare_cgroup(command.cgroup);
  notify_ready();
  execute(words_for(command, *program, false), *listener);
  return os::sys_error(errc::unavailable, errno, "start", *program);
}

} // namespace hiisi::hiidet
