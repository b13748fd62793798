#pragma once

#include "deploy/bench.d/measure.hpp"
#include "protocol/codec.hpp"
#include "protocol/frame.hpp"

#include <string>
#include <utility>
#include <variant>

namespace hiisi::bench {

/// A client of hiidet with a connection of its own.
class client {
public:
  /// Connects to the daemon's socket at that path.
  explicit client(const std::string& socket) : stream_(socket) {}

  /// Sends a request and returns without waiting for the answer.
  void ask(protocol::command what);

  /// The body of the next frame, whatever it says.
  [[nodiscard]] std::string body();

  /// The next answer, which is to be a `T` in one frame; ends the program where
  /// it is something else.
  template <class T>
  T answer() {
    auto response = decode(body());
    auto* expected = std::get_if<T>(&response.what);
    if (expected == nullptr || response.more)
      give_up("hiidet answered something else than was asked for");
    return *std::move(expected);
  }

private:
  static protocol::response decode(const std::string& body);

  stream stream_;
  protocol::frame_decoder decoder_;
};

} // namespace hiisi::bench
