#include "actors/os/unix_listener.hpp"

#include "actors/os/atomic_file.hpp"
#include "actors/os/sys_error.hpp"
#include "fault/crash_point.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <string_view>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace hiisi::os {

using protocol::errc;
using protocol::error;
using protocol::make_error;
using protocol::result;

namespace {

constexpr int backlog = 4096;

/// sun_path ends in NUL.
constexpr size_t longest_path = sizeof(sockaddr_un::sun_path) - 1;

errc denied_or_storage(int number) noexcept {
  return number == EACCES || number == EPERM ? errc::not_permitted
                                             : errc::storage_failed;
}

/// bind(2) or connect(2) with the address of a path.
int call_with_address(int (*call)(int, const sockaddr*, socklen_t), int socket,
                      std::string_view path) noexcept {
  if (path.size() > longest_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  return call(socket, reinterpret_cast<const sockaddr*>(&address),
              sizeof address);
}

error already_running(const std::string& path, int lock) {
  // Who holds the lock has written its pid; it may not have got so far yet.
  std::array<char, 16> text{};
  auto got = ::pread(lock, text.data(), text.size(), 0);
  int pid = 0;
  if (got > 0)
    std::from_chars(text.data(), text.data() + got, pid);
  auto message = "another hiidet is running on " + path;
  if (pid > 0)
    message += " (pid " + std::to_string(pid) + ")";
  return make_error(errc::conflict, std::move(message),
                    "stop it first, or give this one another place with "
                    "--socket and --state-dir");
}

/// Takes the lock of a socket's path. Readable by its owner alone: flock needs
/// no more than reading, so anyone who may read the file could hold the lock.
result<fd> take_lock(const std::string& path) {
  auto name = path + ".lock";
  fd lock(::open(name.c_str(),
                 O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600));
  if (!lock)
    return sys_error(denied_or_storage(errno), errno, "open", name);
  while (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK)
      return already_running(path, lock.get());
    if (errno != EINTR)
      return sys_error(errc::storage_failed, errno, "lock", name);
  }
  HIISI_CRASH_POINT("socket.locked");
  auto pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(lock.get(), 0) != 0
      || ::pwrite(lock.get(), pid.data(), pid.size(), 0) < 0)
    return sys_error(errc::storage_failed, errno, "write", name);
  HIISI_CRASH_POINT("socket.lock_signed");
  return lock;
}

/// Whether somebody answers on the socket at `path`: a daemon that knows
/// nothing of our lock.
bool answers(const std::string& path) noexcept {
  fd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  // EAGAIN: its backlog is full, so there is one.
  return probe
         && (call_with_address(::connect, probe.get(), path) == 0
             || errno == EAGAIN);
}

/// Refuses a path that must not be replaced.
result<void> check_present(const std::string& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) {
    if (errno == ENOENT)
      return {};
    return sys_error(denied_or_storage(errno), errno, "stat", path);
  }
  if (!S_ISSOCK(found.st_mode))
    return make_error(errc::invalid_argument,
                      path + " is there already and is no socket",
                      "remove it, or give another path with --socket");
  if (answers(path))
    return make_error(errc::conflict, "another program is listening on " + path,
                      "stop it first, or give another path with --socket");
  return {};
}

/// Where a socket is made before it is renamed to its place.
struct birthplace {
  /// Its name in the directory.
  std::string name;
  /// A path to it that fits into an address.
  std::string path;
};

/// Chooses it for a socket `name` in `directory`, which is also open as
/// `number`: beside the target where the longer name still fits, otherwise
/// by way of /proc and under a short name. No other daemon's name is met, as
/// no two have the same pid.
birthplace birthplace_for(const std::string& directory, int number,
                          const std::string& name) {
  birthplace place{temporary_name(name), {}};
  place.path = directory + "/" + place.name;
  if (place.path.size() > longest_path) {
    place.name = temporary_name(std::to_string(::getpid()));
    place.path = "/proc/self/fd/" + std::to_string(number) + "/" + place.name;
  }
  return place;
}

} // namespace

result<unix_listener> unix_listener::bind(const std::string& path,
                                          mode_t mode) {
  auto slash = path.rfind('/');
  if (path.empty() || path.front() != '/' || slash + 1 == path.size())
    return make_error(errc::invalid_argument,
                      "the socket's path \"" + path
                          + "\" is no absolute path of a file");
  if (path.size() > longest_path)
    return make_error(errc::invalid_argument,
                      "the socket's path has " + std::to_string(path.size())
                          + " bytes, and a Unix socket's may have "
                          + std::to_string(longest_path) + ": " + path,
                      "give a shorter one with --socket or --runtime-dir");
  auto lock = take_lock(path);
  if (!lock)
    return std::move(lock).failure();
  if (auto free = check_present(path); !free)
    return std::move(free).failure();

  auto directory_path = slash == 0 ? std::string("/") : path.substr(0, slash);
  fd directory(
      ::open(directory_path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory)
    return sys_error(denied_or_storage(errno), errno, "open", directory_path);
  fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket)
    return sys_error(errc::storage_failed, errno, "make a Unix socket");
  auto [name, way]
      = birthplace_for(directory_path, directory.get(), path.substr(slash + 1));
  if (::unlinkat(directory.get(), name.c_str(), 0) != 0 && errno != ENOENT)
    return sys_error(denied_or_storage(errno), errno, "remove", way);
  auto bound = call_with_address(::bind, socket.get(), way);
  if (bound != 0)
    return sys_error(denied_or_storage(errno), errno, "bind to", path);
  HIISI_CRASH_POINT("socket.bound");
  // Listening and right in every way before it can be found at its path.
  std::string_view stage = "chmod";
  auto failed = ::fchmodat(directory.get(), name.c_str(), mode, 0) != 0;
  if (!failed) {
    stage = "listen on";
    failed = ::listen(socket.get(), backlog) != 0;
  }
  if (!failed) {
    HIISI_CRASH_POINT("socket.listening");
    stage = "rename into";
    failed = ::renameat(directory.get(), name.c_str(), AT_FDCWD, path.c_str())
             != 0;
  }
  if (failed) {
    auto reason = errno;
    ::unlinkat(directory.get(), name.c_str(), 0);
    return sys_error(denied_or_storage(reason), reason, stage, path);
  }
  HIISI_CRASH_POINT("socket.renamed");
  return unix_listener(std::move(*lock), std::move(socket), path, true);
}

result<unix_listener> unix_listener::adopt(fd inherited) {
  auto option = [&inherited](int which) {
    int value = -1;
    socklen_t size = sizeof value;
    return ::getsockopt(inherited.get(), SOL_SOCKET, which, &value, &size) == 0
               ? value
               : -1;
  };
  if (option(SO_DOMAIN) != AF_UNIX || option(SO_TYPE) != SOCK_STREAM
      || option(SO_ACCEPTCONN) != 1)
    return make_error(errc::invalid_argument,
                      "descriptor " + std::to_string(inherited.get())
                          + " is no listening Unix stream socket",
                      "the socket unit needs ListenStream= with a path");
  auto status = ::fcntl(inherited.get(), F_GETFL);
  if (status < 0 || ::fcntl(inherited.get(), F_SETFL, status | O_NONBLOCK) != 0
      || ::fcntl(inherited.get(), F_SETFD, FD_CLOEXEC) != 0)
    return sys_error(errc::storage_failed, errno, "set up descriptor",
                     std::to_string(inherited.get()));
  sockaddr_un address{};
  socklen_t size = sizeof address;
  if (::getsockname(inherited.get(), reinterpret_cast<sockaddr*>(&address),
                    &size)
      != 0)
    return sys_error(errc::storage_failed, errno, "name of descriptor",
                     std::to_string(inherited.get()));
  std::string path;
  // An abstract name starts with NUL and has no file.
  if (size > offsetof(sockaddr_un, sun_path) && address.sun_path[0] != '\0')
    path.assign(
        address.sun_path,
        ::strnlen(address.sun_path, size - offsetof(sockaddr_un, sun_path)));
  fd lock;
  if (!path.empty()) {
    auto taken = take_lock(path);
    if (!taken)
      return std::move(taken).failure();
    lock = std::move(*taken);
  }
  return unix_listener(std::move(lock), std::move(inherited), std::move(path),
                       false);
}

unix_listener::~unix_listener() {
  // While the lock is held nobody else can have put a socket there.
  if (remove_at_end_ && socket_)
    ::unlink(path_.c_str());
}

} // namespace hiisi::os
