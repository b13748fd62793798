#pragma once

#include "protocol/frame.hpp"
#include "protocol/limits.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/// What a client that means harm does to hiidet's socket. Nothing here minds
/// that it is hung up on.
namespace hiisi::test::flood {

/// The longest body of a frame.
inline constexpr size_t most = protocol::max_frame_bytes;

/// As many descriptors as the system gives, which is more than hiidet does.
inline void allow_descriptors() {
  const rlimit many{20'000, 20'000};
  ::setrlimit(RLIMIT_NOFILE, &many);
}

/// A connection that does not block; -1 without one.
inline int connect_to(const std::string& socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket.data(), socket.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0
      || ::connect(fd, reinterpret_cast<const sockaddr*>(&address),
                   sizeof address)
             != 0) {
    ::close(fd);
    return -1;
  }
  ::fcntl(fd, F_SETFL, O_NONBLOCK);
  return fd;
}

/// Sends all of it, reading what comes meanwhile; false when hung up on, or
/// after ten seconds in which nothing was taken.
inline bool send_all(int fd, std::string_view bytes, bool reads = true) {
  std::array<char, 65536> drain{};
  while (!bytes.empty()) {
    pollfd ready{fd, static_cast<short>(POLLOUT | (reads ? POLLIN : 0)), 0};
    if (::poll(&ready, 1, 10'000) <= 0)
      return false;
    if ((ready.revents & POLLIN) != 0
        && ::recv(fd, drain.data(), drain.size(), 0) == 0)
      return false;
    if ((ready.revents & POLLOUT) == 0) {
      if ((ready.revents & (POLLHUP | POLLERR)) != 0)
        return false;
      continue;
    }
    const auto sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN)
      return false;
    if (sent > 0)
      bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

/// Reads until there was nothing for so long, or it is hung up on; the bytes.
inline size_t read_all(int fd, int silence_ms) {
  std::array<char, 65536> drain{};
  size_t all = 0;
  for (;;) {
    pollfd ready{fd, POLLIN, 0};
    if (::poll(&ready, 1, silence_ms) <= 0)
      return all;
    const auto got = ::recv(fd, drain.data(), drain.size(), 0);
    if (got <= 0)
      return all;
    all += static_cast<size_t>(got);
  }
}

/// That many connections, kept for as long as hiidet lets them.
inline void connections(const std::string& socket, int count) {
  std::vector<int> all;
  for (int i = 0; i < count; ++i)
    all.push_back(connect_to(socket));
  ::sleep(1);
}

inline std::vector<int> sixty(const std::string& socket) {
  std::vector<int> all;
  for (int i = 0; i < 60; ++i)
    all.push_back(connect_to(socket));
  return all;
}

/// Each sends a byte every 20 ms, of a frame that is announced as large.
inline void slowly(const std::string& socket, long seconds) {
  const auto all = sixty(socket);
  const auto until
      = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  for (size_t i = 0; std::chrono::steady_clock::now() < until; ++i) {
    const char byte = i < 4 ? "\x00\xff\xff\xff"[i] : '[';
    for (const int fd : all)
      (void)::send(fd, &byte, 1, MSG_NOSIGNAL);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

/// Each sends as much of half a frame as is taken, waits, and hangs up.
inline void half_frames(const std::string& socket) {
  for (int round = 0; round < 3; ++round) {
    const auto all = sixty(socket);
    const auto half
        = std::string("\x01\x00\x00\x00", 4) + std::string(most / 2, 'x');
    for (const int fd : all)
      (void)send_all(fd, half);
    for (const int fd : all)
      ::close(fd);
  }
}

/// Sends the body in a frame, so many times, each on a connection of its own,
/// and waits for each answer.
inline void send_each(const std::string& socket, long times, std::string body) {
  body.resize(std::min(body.size(), most), ' ');
  const auto bytes = protocol::frame(body);
  for (long i = 0; i < times; ++i) {
    const int fd = connect_to(socket);
    if (send_all(fd, bytes, false)) {
      pollfd answered{fd, POLLIN, 0};
      ::poll(&answered, 1, 20'000);
    }
    ::close(fd);
  }
}

/// As many values as fit, and no mistake before the last of them.
inline std::string numbered(std::string_view head, std::string_view before,
                            std::string_view after, std::string_view tail) {
  std::string body(head);
  for (size_t i = 0; body.size() + 64 < most && i < 900'000; ++i) {
    body += i == 0 ? "" : ",";
    body += before;
    body += std::to_string(i);
    body += after;
  }
  return body.append(tail);
}

inline std::string many_variables() {
  return numbered(R"({"user":"","cmd":{"Run":{"cmd":"x","cwd":"/","env":{)",
                  "\"A", "\":\"\"", "}}}}");
}

inline std::string many_arguments() {
  return numbered(
      R"({"user":"","cmd":{"Run":{"cwd":"/","env":{},"cmd":"x","argv":[)", "\"",
      "\"", "]}}}");
}

/// Each sends requests for as long as they are taken, reads nothing, and waits
/// a little.
inline void never_reading(const std::string& socket,
                          const std::string& request) {
  const auto all = sixty(socket);
  for (int i = 0; i < 2000; ++i)
    for (const int fd : all)
      (void)::send(fd, request.data(), request.size(), MSG_NOSIGNAL);
  ::sleep(1);
}

/// So many requests, some hundred at once, on eight connections.
inline void requests(const std::string& socket, long count) {
  const auto one
      = protocol::frame(R"({"hiisi":{"protocol":2},"cmd":"Status","user":""})");
  std::string some;
  for (int i = 0; i < 250; ++i)
    some += one;
  std::array<int, 8> all{};
  for (int& fd : all)
    fd = connect_to(socket);
  for (long sent = 0; sent < count;)
    for (int& fd : all) {
      if (!send_all(fd, some)) {
        ::close(fd);
        fd = connect_to(socket);
      }
      sent += 250;
    }
  for (const int fd : all)
    (void)read_all(fd, 200);
}

} // namespace hiisi::test::flood
