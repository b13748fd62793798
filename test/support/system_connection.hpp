#pragma once

#include "actors/os/fd.hpp"
#include "protocol/frame.hpp"
#include "test/support/system_launch.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace hiisi::test {

/// A connection to hiidet that a given user has made. What is sent and read
/// is bytes: no part of our own client is in between.
class connection {
public:
  /// Throws where nobody listens.
  connection(const std::string& socket, const account& who);

  /// Sends bytes as they are; false when hiidet has hung up.
  bool send_raw(std::string_view bytes) const;
  /// Sends a body in a frame.
  bool send(std::string_view body) const;

  /// The next response; nothing at the end of the connection or after `limit`.
  std::optional<std::string> next(std::chrono::milliseconds limit = patience);
  /// Sends and returns the response, which must come.
  std::string ask(std::string_view body);

  /// Whether hiidet hangs up within `limit`; what it sends before is dropped.
  bool is_closed(std::chrono::milliseconds limit = patience);
  /// Says that nothing more will be sent.
  void end_sending() const;

  [[nodiscard]] int get() const { return socket_.get(); }

private:
  /// Reads once; false at the end or after the deadline.
  bool read_some(std::chrono::steady_clock::time_point deadline);

  os::fd socket_;
  protocol::frame_decoder decoder_;
  bool ended_ = false;
};

/// Whether that user can connect there.
bool can_connect(const std::string& socket, const account& who);

} // namespace hiisi::test
