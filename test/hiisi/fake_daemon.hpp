#pragma once

#include "hiisi/descriptor.hpp"
#include "protocol/codec.hpp"
#include "protocol/frame.hpp"

#include <atomic>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace hiisi::test {

/// A daemon's end of the socket, in a thread, for one connection after the
/// other. What it answers is the test's.
class fake_daemon {
public:
  /// Called with each request; what it returns is sent as it is. An empty
  /// text closes the connection.
  using handler = std::function<std::string(const protocol::request&)>;

  fake_daemon(const std::string& path, handler answer)
      : answer_(std::move(answer)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    listening_
        = cli::descriptor{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (::bind(listening_.get(), reinterpret_cast<sockaddr*>(&address),
               sizeof address)
            != 0
        || ::listen(listening_.get(), 8) != 0)
      throw std::runtime_error("cannot listen on " + path);
    thread_ = std::thread{[this] { serve(); }};
  }
  fake_daemon(const fake_daemon&) = delete;
  fake_daemon& operator=(const fake_daemon&) = delete;
  ~fake_daemon() {
    stop_ = true;
    thread_.join();
  }

  /// A response as the bytes of a frame.
  static std::string framed(protocol::payload what, bool more = false) {
    return protocol::frame(protocol::encode({std::move(what), more}, 2));
  }

  /// How many requests have come.
  [[nodiscard]] size_t requests() const { return requests_; }

private:
  bool readable(int fd) const {
    while (!stop_) {
      pollfd wait{fd, POLLIN, 0};
      if (::poll(&wait, 1, 5) > 0)
        return true;
    }
    return false;
  }

  void serve() {
    while (readable(listening_.get())) {
      cli::descriptor peer{
          ::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
      if (peer)
        talk(peer.get());
    }
  }

  void talk(int fd) {
    protocol::frame_decoder decoder;
    char buffer[4096];
    while (readable(fd)) {
      auto got = ::recv(fd, buffer, sizeof buffer, 0);
      if (got <= 0)
        return;
      decoder.feed({buffer, static_cast<size_t>(got)});
      while (auto body = decoder.next()) {
        auto request = protocol::decode_request(*body);
        ++requests_;
        std::string bytes
            = request ? answer_(*request) : framed(request.failure());
        if (bytes.empty())
          return;
        std::string_view rest = bytes;
        while (!rest.empty()) {
          auto sent = ::send(fd, rest.data(), rest.size(), MSG_NOSIGNAL);
          if (sent <= 0)
            return;
          rest.remove_prefix(static_cast<size_t>(sent));
        }
      }
    }
  }

  handler answer_;
  cli::descriptor listening_;
  std::atomic<bool> stop_ = false;
  std::atomic<size_t> requests_ = 0;
  std::thread thread_;
};

} // namespace hiisi::test
