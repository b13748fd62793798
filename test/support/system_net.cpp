#include "test/support/system_net.hpp"

#include "test/support/in_child.hpp"

#include <cerrno>
#include <csignal>
#include <sstream>

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace hiisi::test {

namespace {

struct loopback {
  sockaddr_in6 address{};
  socklen_t size = 0;

  loopback(uint16_t port, bool v6) {
    if (v6) {
      address.sin6_family = AF_INET6;
      address.sin6_addr = in6addr_loopback;
      size = sizeof address;
    } else {
      auto& v4 = reinterpret_cast<sockaddr_in&>(address);
      v4.sin_family = AF_INET;
      v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      size = sizeof v4;
    }
    // The port lies at the same place for both families.
    address.sin6_port = htons(port);
  }

  [[nodiscard]] int family() const { return address.sin6_family; }
  [[nodiscard]] const sockaddr* get() const {
    return reinterpret_cast<const sockaddr*>(&address);
  }
};

int connect_to(uint16_t port, bool v6, os::fd& socket) {
  const loopback there{port, v6};
  socket.reset(::socket(there.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  return ::connect(socket.get(), there.get(), there.size) == 0 ? 0 : errno;
}

} // namespace

int connecting_to(uint16_t port, bool v6) {
  os::fd socket;
  return connect_to(port, v6, socket);
}

std::optional<std::string> answer_of(uint16_t port, bool v6,
                                     std::chrono::milliseconds limit) {
  os::fd socket;
  if (connect_to(port, v6, socket) != 0)
    return std::nullopt;
  std::string said;
  for (;;) {
    pollfd news{socket.get(), POLLIN, 0};
    char text[256];
    if (::poll(&news, 1, static_cast<int>(limit.count())) != 1)
      return std::nullopt;
    const auto got = ::recv(socket.get(), text, sizeof text, 0);
    if (got < 0)
      return std::nullopt;
    if (got == 0)
      return said;
    said.append(text, static_cast<size_t>(got));
  }
}

void send_datagram(uint16_t port, const std::string& text) {
  const loopback there{port, false};
  const os::fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (::sendto(socket.get(), text.data(), text.size(), 0, there.get(),
               there.size)
      < 0)
    throw std::runtime_error("cannot send a datagram");
}

bool can_bind(const account& who, uint16_t port, bool udp) {
  return in_child([&] {
           if (!become(who))
             return 2;
           const loopback there{port, false};
           const os::fd socket(
               ::socket(AF_INET, udp ? SOCK_DGRAM : SOCK_STREAM, 0));
           const int on = 1;
           for (const auto option : {SO_REUSEADDR, SO_REUSEPORT})
             ::setsockopt(socket.get(), SOL_SOCKET, option, &on, sizeof on);
           return ::bind(socket.get(), there.get(), there.size) == 0 ? 0 : 1;
         })
         != 1;
}

constant_load::constant_load(const instance& here, uint16_t port)
    : file_(here / ("load-" + std::to_string(port))) {
  const os::fd out(
      ::open(file_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  launch what;
  what.who = self();
  what.argv = {program("test_probe"), "load", std::to_string(port)};
  pid_ = start_program(what, out.get(), out.get());
}

constant_load::~constant_load() {
  if (pid_ < 0)
    return;
  send_signal(pid_, SIGKILL);
  wait_for_exit(pid_);
}

constant_load::tally constant_load::end() {
  send_signal(pid_, SIGTERM);
  const auto ended = wait_for_exit(pid_, patience * 2);
  if (!ended)
    throw std::runtime_error("the load does not end");
  pid_ = -1;
  tally all;
  std::istringstream in(text_of(file_));
  std::string word;
  long value = 0;
  while (in >> word >> value)
    (word == "refused"    ? all.refused
     : word == "answered" ? all.answered
     : word == "reset"    ? all.reset
                          : all.waiting)
        = value;
  return all;
}

} // namespace hiisi::test
