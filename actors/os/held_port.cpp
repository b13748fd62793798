#include "actors/os/held_port.hpp"

#include "actors/os/sys_error.hpp"
#include "fault/crash_point.hpp"

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <optional>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

namespace hiisi::os {

using protocol::errc;
using protocol::make_error;
using protocol::process_port;
using protocol::result;

namespace {

struct socket_address {
  sockaddr_storage bytes{};
  socklen_t size = 0;
};

socket_address everywhere(int family, uint16_t port) {
  socket_address made;
  if (family == AF_INET6) {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&made.bytes, &v6, made.size = sizeof v6);
  } else {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&made.bytes, &v4, made.size = sizeof v4);
  }
  return made;
}

std::optional<socket_address> parse_address(const std::string& text,
                                            uint16_t port) {
  const auto v4 = text.find(':') == text.npos;
  auto made = everywhere(v4 ? AF_INET : AF_INET6, port);
  auto* base = reinterpret_cast<char*>(&made.bytes);
  auto* where = base
                + (v4 ? offsetof(sockaddr_in, sin_addr)
                      : offsetof(sockaddr_in6, sin6_addr));
  if (::inet_pton(made.bytes.ss_family, text.c_str(), where) != 1)
    return std::nullopt;
  return made;
}

bool turn_on(const fd& socket, int level, int option, int value = 1) {
  return ::setsockopt(socket.get(), level, option, &value, sizeof value) == 0;
}

protocol::error failed(int number, const process_port& port,
                       const std::string& address) {
  const auto called
      = (port.udp ? "UDP port " : "port ") + std::to_string(port.port);
  if (number == EADDRINUSE)
    return make_error(errc::conflict, called + " is in use");
  if (number == EADDRNOTAVAIL)
    return make_error(errc::unavailable,
                      address + " is no address of this host",
                      "hostname -I lists them");
  return sys_error(errc::unavailable, number, "listen", called);
}

bool is_udp(const fd& socket) {
  int type = 0;
  socklen_t size = sizeof type;
  return ::getsockopt(socket.get(), SOL_SOCKET, SO_TYPE, &type, &size) == 0
         && type == SOCK_DGRAM;
}

/// An errno, or 0.
int start_listening(const fd& socket) {
  // Connections of an earlier incarnation may linger. To listen takes the port
  // from all others who would share it by the same option.
  return turn_on(socket, SOL_SOCKET, SO_REUSEADDR)
                 && ::listen(socket.get(), SOMAXCONN) == 0
             ? 0
             : errno;
}

/// An errno, or 0.
int hold(fd& socket, const socket_address& where, bool udp,
         bool every_address) {
  const bool v6 = where.bytes.ss_family == AF_INET6;
  socket.reset(::socket(where.bytes.ss_family,
                        (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0));
  // With UDP the option would open the port to everybody who sets it, too.
  if (!socket || (!udp && !turn_on(socket, SOL_SOCKET, SO_REUSEADDR))
      || (v6
          && !turn_on(socket, IPPROTO_IPV6, IPV6_V6ONLY, every_address ? 0 : 1))
      || ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&where.bytes),
                where.size)
             != 0)
    return errno;
  HIISI_CRASH_POINT("port.bound");
  return udp ? 0 : start_listening(socket);
}

} // namespace

result<fd> hold_port(const process_port& port, const std::string& address) {
  fd socket;
  if (!address.empty()) {
    const auto where = parse_address(address, port.port);
    if (!where)
      return make_error(errc::invalid_argument,
                        "\"" + address + "\" is not an address",
                        "give one such as 127.0.0.1 or ::1");
    if (const auto error = hold(socket, *where, port.udp, false); error != 0)
      return failed(error, port, address);
    return socket;
  }
  // A host that knows no IPv6 refuses the family or the address.
  auto error = hold(socket, everywhere(AF_INET6, port.port), port.udp, true);
  if (error == EAFNOSUPPORT || error == EADDRNOTAVAIL)
    error = hold(socket, everywhere(AF_INET, port.port), port.udp, true);
  if (error != 0)
    return failed(error, port, "0.0.0.0");
  return socket;
}

void refuse_connections(const fd& socket) {
  // A UDP socket that was shut down would read as ended ever after.
  if (is_udp(socket))
    return;
  // Without listening, it is this that keeps the port from all who set it.
  turn_on(socket, SOL_SOCKET, SO_REUSEADDR, 0);
  ::shutdown(socket.get(), SHUT_RDWR);
  HIISI_CRASH_POINT("port.refusing");
}

result<void> take_connections(const fd& socket) {
  if (is_udp(socket))
    return {};
  if (const auto error = start_listening(socket); error != 0)
    return sys_error(errc::unavailable, error, "listen", "a held port");
  return {};
}

uint64_t socket_inode(const fd& socket) {
  struct stat found {};
  return ::fstat(socket.get(), &found) == 0 ? found.st_ino : 0;
}

} // namespace hiisi::os
