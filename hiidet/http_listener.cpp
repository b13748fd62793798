#include "hiidet/http_listener.hpp"

#include "actors/os/sys_error.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace hiisi::hiidet {

namespace {

using protocol::errc;
using protocol::make_error;
using protocol::result;

constexpr int backlog = 64;

union socket_address {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
  sockaddr_un local;
  sockaddr_storage room;
};

struct bound_address {
  socket_address address{};
  socklen_t size = 0;
};

std::optional<bound_address> ip_address(const std::string& text,
                                        uint16_t port) {
  bound_address out;
  if (::inet_pton(AF_INET, text.c_str(), &out.address.v4.sin_addr) == 1) {
    out.address.v4.sin_family = AF_INET;
    out.address.v4.sin_port = htons(port);
    out.size = sizeof(sockaddr_in);
  } else if (::inet_pton(AF_INET6, text.c_str(), &out.address.v6.sin6_addr)
             == 1) {
    out.address.v6.sin6_family = AF_INET6;
    out.address.v6.sin6_port = htons(port);
    out.size = sizeof(sockaddr_in6);
  } else {
    return std::nullopt;
  }
  return out;
}

/// What a listening socket is called, by its own address.
result<http_listener> named(os::fd socket) {
  socket_address own{};
  socklen_t size = sizeof own;
  int listens = 0;
  socklen_t flag_size = sizeof listens;
  if (::getsockname(socket.get(), &own.any, &size) != 0
      || ::getsockopt(socket.get(), SOL_SOCKET, SO_ACCEPTCONN, &listens,
                      &flag_size)
             != 0
      || listens == 0)
    return make_error(errc::invalid_argument,
                      "the socket for HTTP is none that listens");
  ::fcntl(socket.get(), F_SETFL, O_NONBLOCK);
  std::array<char, INET6_ADDRSTRLEN> text{};
  http_listener out;
  if (own.any.sa_family == AF_INET) {
    ::inet_ntop(AF_INET, &own.v4.sin_addr, text.data(), text.size());
    out.name = "http://" + std::string{text.data()} + ":"
               + std::to_string(ntohs(own.v4.sin_port));
  } else if (own.any.sa_family == AF_INET6) {
    ::inet_ntop(AF_INET6, &own.v6.sin6_addr, text.data(), text.size());
    out.name = "http://[" + std::string{text.data()}
               + "]:" + std::to_string(ntohs(own.v6.sin6_port));
  } else if (own.any.sa_family == AF_UNIX) {
    out.name = own.local.sun_path;
    out.tcp = false;
  } else {
    return make_error(errc::invalid_argument,
                      "the socket for HTTP is of an unknown family");
  }
  out.socket = std::move(socket);
  return out;
}

/// Whether somebody answers at a Unix socket.
bool answers(const bound_address& at) {
  const os::fd probe(
      ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  return ::connect(probe.get(), &at.address.any, at.size) == 0
         || errno == EAGAIN;
}

result<void> clear_away(const std::string& path, const bound_address& at) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0)
    return {};
  if (!S_ISSOCK(found.st_mode))
    return make_error(errc::invalid_argument,
                      path + " is there and is no socket");
  if (answers(at))
    return make_error(errc::conflict, "somebody listens at " + path);
  if (::unlink(path.c_str()) != 0)
    return os::sys_error(errc::unavailable, errno, "unlink", path);
  return {};
}

} // namespace

result<http_address> read_http_address(std::string_view text) {
  const auto wrong = [&] {
    return make_error(errc::invalid_argument,
                      "\"" + std::string{text}
                          + "\" is no address for HTTP: give ADDRESS:PORT, "
                            "such as 127.0.0.1:9419, the absolute path of a "
                            "socket, or off");
  };
  if (text == "off")
    return http_address{};
  if (text.starts_with('/'))
    return http_address{http_address::kind::unix_socket, std::string{text}, 0};
  const auto colon = text.rfind(':');
  if (colon == text.npos)
    return wrong();
  http_address out{http_address::kind::tcp, std::string{text.substr(0, colon)},
                   0};
  if (out.where == "localhost")
    out.where = "127.0.0.1";
  const auto bracketed = out.where.starts_with('[') && out.where.ends_with(']');
  if (bracketed)
    out.where = out.where.substr(1, out.where.size() - 2);
  const auto port = text.substr(colon + 1);
  const auto [end, problem]
      = std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (problem != std::errc{} || end != port.data() + port.size()
      || !ip_address(out.where, 0)
      || bracketed != (out.where.find(':') != out.where.npos))
    return wrong();
  return out;
}

result<http_listener> listen_http(const http_address& at) {
  const auto tcp = at.how == http_address::kind::tcp;
  bound_address address;
  if (tcp) {
    address = *ip_address(at.where, at.port);
  } else {
    auto& local = address.address.local;
    if (at.where.size() >= sizeof local.sun_path)
      return make_error(errc::invalid_argument,
                        "the path " + at.where + " is too long for a socket");
    local.sun_family = AF_UNIX;
    std::memcpy(local.sun_path, at.where.c_str(), at.where.size() + 1);
    address.size = sizeof(sockaddr_un);
    if (auto clear = clear_away(at.where, address); !clear)
      return std::move(clear).failure();
  }
  os::fd socket(::socket(address.address.any.sa_family,
                         SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket)
    return os::sys_error(errc::unavailable, errno, "socket");
  const int on = 1;
  if (tcp)
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const auto name = tcp ? at.where + ":" + std::to_string(at.port) : at.where;
  // Ours is umask 0077, so what is made here opens up only by chmod.
  if (::bind(socket.get(), &address.address.any, address.size) != 0)
    return os::sys_error(errno == EADDRINUSE ? errc::conflict
                                             : errc::unavailable,
                         errno, "listen at", name);
  if (!tcp)
    ::chmod(at.where.c_str(), 0660);
  if (::listen(socket.get(), backlog) != 0)
    return os::sys_error(errno == EADDRINUSE ? errc::conflict
                                             : errc::unavailable,
                         errno, "listen at", name);
  return named(std::move(socket));
}

result<http_listener> adopt_http(os::fd inherited) {
  ::fcntl(inherited.get(), F_SETFD, FD_CLOEXEC);
  return named(std::move(inherited));
}

} // namespace hiisi::hiidet
