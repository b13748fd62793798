#include "test/support/system_http.hpp"

#include "actors/os/fd.hpp"

#include <array>
#include <cstring>
#include <sstream>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace hiisi::test {

namespace {

os::fd connect_to(const http_place& at) {
  const auto tcp = at.path.empty();
  os::fd socket(
      ::socket(tcp ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in ip{};
  ip.sin_family = AF_INET;
  ip.sin_port = htons(at.port);
  ip.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr_un local{};
  local.sun_family = AF_UNIX;
  std::strncpy(local.sun_path, at.path.c_str(), sizeof local.sun_path - 1);
  const auto* address = tcp ? reinterpret_cast<const sockaddr*>(&ip)
                            : reinterpret_cast<const sockaddr*>(&local);
  const auto size = static_cast<socklen_t>(tcp ? sizeof ip : sizeof local);
  if (::connect(socket.get(), address, size) != 0)
    socket.reset();
  return socket;
}

} // namespace

std::optional<std::string> http_get(const http_place& at,
                                    const std::string& target) {
  const auto socket = connect_to(at);
  if (!socket)
    return std::nullopt;
  const auto request = "GET " + target
                       + " HTTP/1.1\r\nHost: localhost\r\n"
                         "Connection: close\r\n\r\n";
  if (::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL)
      != static_cast<ssize_t>(request.size()))
    return std::nullopt;
  std::string text;
  std::array<char, 16384> buffer{};
  for (ssize_t got = 0;
       (got = ::recv(socket.get(), buffer.data(), buffer.size(), 0)) > 0;)
    text.append(buffer.data(), static_cast<size_t>(got));
  return text;
}

std::string http_body(const http_place& at, const std::string& target) {
  const auto answer = http_get(at, target).value_or("nobody listens");
  const auto end = answer.find("\r\n\r\n");
  if (!answer.starts_with("HTTP/1.1 200 ") || end == answer.npos)
    throw std::runtime_error(target + ": " + answer);
  return answer.substr(end + 4);
}

std::map<std::string, double> samples(const std::string& page) {
  std::map<std::string, double> out;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    const auto blank = line.rfind(' ');
    if (!line.starts_with('#') && blank != line.npos)
      out[line.substr(0, blank)] = std::stod(line.substr(blank + 1));
  }
  return out;
}

} // namespace hiisi::test
