#include "probe_net.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

void say(const std::string& line) {
  const auto text = line + "\n";
  (void)!::write(STDOUT_FILENO, text.data(), text.size());
}

std::string number(long long value) {
  return std::to_string(value);
}

std::string variable(const char* name) {
  const auto* value = std::getenv(name);
  return value ? value : "";
}

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int option(int fd, int which) {
  int value = 0;
  socklen_t size = sizeof value;
  return ::getsockopt(fd, SOL_SOCKET, which, &value, &size) == 0 ? value : -1;
}

/// What sd_listen_fds(3) does.
std::vector<pollfd> given_sockets() {
  std::vector<pollfd> sockets;
  if (variable("LISTEN_PID") == number(::getpid()))
    for (int i = 0; i < std::atoi(variable("LISTEN_FDS").c_str()); ++i)
      sockets.push_back({3 + i, POLLIN, 0});
  return sockets;
}

bool be_ready_on(int port, std::vector<pollfd>& sockets) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  const int on = 1;
  const auto address = loopback(port);
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address)
          != 0
      || ::listen(fd, 128) != 0)
    return false;
  sockets.push_back({fd, POLLIN, 0});
  return true;
}

void answer(int listener) {
  const int client = ::accept(listener, nullptr, nullptr);
  if (client < 0)
    return;
  const auto text = number(::getpid()) + "\n";
  (void)!::send(client, text.data(), text.size(), MSG_NOSIGNAL);
  ::close(client);
}

volatile sig_atomic_t asked_to_end = 0;

/// Takes out of `open` what has been answered or reset.
void look_at(std::vector<pollfd>& open, long& answered, long& reset, int wait) {
  ::poll(open.data(), open.size(), wait);
  std::vector<pollfd> left;
  for (const auto& one : open) {
    char text[32];
    const auto got = one.revents == 0
                         ? -2
                         : ::recv(one.fd, text, sizeof text, MSG_DONTWAIT);
    if (got == -2) {
      left.push_back(one);
      continue;
    }
    ++(got > 0 ? answered : reset);
    ::close(one.fd);
  }
  open = std::move(left);
}

} // namespace

int serve(int argc, char** argv) {
  auto sockets = given_sockets();
  say("given " + number(static_cast<long long>(sockets.size())) + " "
      + variable("LISTEN_FDNAMES"));
  for (const auto& one : sockets)
    say(std::string{"socket "}
        + (option(one.fd, SO_TYPE) == SOCK_DGRAM ? "udp" : "tcp") + " "
        + number(option(one.fd, SO_ACCEPTCONN)));
  if (sockets.empty()
      && (argc < 3 || !be_ready_on(std::atoi(argv[2]), sockets)))
    return 99;
  say("ready " + number(::getpid()));
  for (;;) {
    ::poll(sockets.data(), sockets.size(), -1);
    for (const auto& one : sockets) {
      char text[64];
      if (one.revents == 0)
        continue;
      if (option(one.fd, SO_TYPE) != SOCK_DGRAM)
        answer(one.fd);
      else if (const auto got = ::recv(one.fd, text, sizeof text, 0); got > 0)
        say("datagram " + std::string(text, static_cast<size_t>(got)));
    }
  }
}

int load(int argc, char** argv) {
  if (argc < 3)
    return 2;
  ::signal(SIGTERM, [](int) { asked_to_end = 1; });
  const auto address = loopback(std::atoi(argv[2]));
  long refused = 0;
  long answered = 0;
  long reset = 0;
  std::vector<pollfd> open;
  while (asked_to_end == 0) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address),
                  sizeof address)
        == 0) {
      open.push_back({fd, POLLIN, 0});
    } else {
      refused += errno == ECONNREFUSED ? 1 : 0;
      ::close(fd);
    }
    look_at(open, answered, reset, 0);
    ::usleep(10'000);
  }
  for (int i = 0; i < 600 && !open.empty(); ++i)
    look_at(open, answered, reset, 100);
  say("refused " + number(refused));
  say("answered " + number(answered));
  say("reset " + number(reset));
  say("waiting " + number(static_cast<long long>(open.size())));
  return 0;
}
