#include "test/support/system_connection.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

namespace hiisi::test {

namespace {

using clock = std::chrono::steady_clock;

int connect_here(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    throw std::runtime_error("too long for a socket: " + path);
  std::memcpy(address.sun_path, path.data(), path.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0)
    return fd;
  ::close(fd);
  return -1;
}

void send_descriptor(int over, int fd) {
  char byte = 0;
  iovec part{&byte, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  auto* rights = CMSG_FIRSTHDR(&header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(rights), &fd, sizeof fd);
  ::sendmsg(over, &header, MSG_NOSIGNAL);
}

int receive_descriptor(int over) {
  char byte = 0;
  iovec part{&byte, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  if (::recvmsg(over, &header, MSG_CMSG_CLOEXEC) <= 0)
    return -1;
  const auto* rights = CMSG_FIRSTHDR(&header);
  if (!rights)
    return -1;
  int fd = -1;
  std::memcpy(&fd, CMSG_DATA(rights), sizeof fd);
  return fd;
}

/// Connects in a child that is that user: the kernel notes the credentials of
/// who calls connect(2), and the descriptor comes back to us.
int connect_as(const std::string& path, const account& who) {
  if (who.uid == ::geteuid())
    return connect_here(path);
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    throw std::system_error(errno, std::generic_category(), "socketpair");
  const auto child = ::fork();
  if (child == 0) {
    if (!become(who))
      ::_exit(1);
    const int fd = connect_here(path);
    if (fd >= 0)
      send_descriptor(ends[1], fd);
    ::_exit(0);
  }
  ::close(ends[1]);
  const int fd = receive_descriptor(ends[0]);
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  return fd;
}

} // namespace

connection::connection(const std::string& socket, const account& who)
    : socket_(connect_as(socket, who)) {
  if (!socket_)
    throw std::runtime_error(who.name + " cannot connect to " + socket);
}

bool connection::send_raw(std::string_view bytes) const {
  const auto deadline = clock::now() + patience;
  while (!bytes.empty()) {
    pollfd writable{socket_.get(), POLLOUT, 0};
    if (clock::now() >= deadline || ::poll(&writable, 1, 1000) < 0)
      return false;
    const auto sent = ::send(socket_.get(), bytes.data(), bytes.size(),
                             MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0)
      bytes.remove_prefix(static_cast<size_t>(sent));
    else if (errno != EAGAIN && errno != EINTR)
      return false;
  }
  return true;
}

bool connection::send(std::string_view body) const {
  return send_raw(protocol::frame(body));
}

bool connection::read_some(clock::time_point deadline) {
  if (ended_)
    return false;
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      deadline - clock::now());
  pollfd readable{socket_.get(), POLLIN, 0};
  const auto wait = std::max<int64_t>(0, left.count());
  if (::poll(&readable, 1, static_cast<int>(wait)) <= 0)
    return false;
  std::array<char, 65536> buffer{};
  const auto got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
  if (got > 0)
    decoder_.feed({buffer.data(), static_cast<size_t>(got)});
  else
    ended_ = true;
  return got > 0;
}

std::optional<std::string> connection::next(std::chrono::milliseconds limit) {
  const auto deadline = clock::now() + limit;
  for (;;) {
    if (auto body = decoder_.next())
      return body;
    if (!read_some(deadline))
      return std::nullopt;
  }
}

std::string connection::ask(std::string_view body) {
  send(body);
  auto answer = next();
  if (!answer)
    throw std::runtime_error("no answer to "
                             + std::string(body.substr(0, 200)));
  return *std::move(answer);
}

bool connection::is_closed(std::chrono::milliseconds limit) {
  const auto deadline = clock::now() + limit;
  while (read_some(deadline)) {
  }
  return ended_;
}

void connection::end_sending() const {
  ::shutdown(socket_.get(), SHUT_WR);
}

bool can_connect(const std::string& socket, const account& who) {
  return static_cast<bool>(os::fd(connect_as(socket, who)));
}

} // namespace hiisi::test
