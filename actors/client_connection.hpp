#pragma once

#include "actors/core/ron/value.hpp"
#include "protocol/frame.hpp"

#include <caf/actor.hpp>
#include <caf/actor_clock.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace hiisi::actors {

/// One client of the socket_broker's: its session, and the bytes that are held
/// for it.
struct client_connection {
  using time_point = caf::actor_clock::time_point;

  uint64_t serial = 0;
  uint32_t uid = 0;
  int32_t pid = 0;
  time_point since;
  uint64_t frames = 0;
  caf::actor session;
  protocol::frame_decoder decoder;
  /// Bytes that count against the user: of requests not yet answered, and of
  /// answers not yet taken.
  size_t requests = 0;
  size_t output = 0;
  /// The most of both, and of what is not handed on yet, since memory was last
  /// given back.
  size_t most_held = 0;
  bool reads_large = false;
  /// It waits for its user's next turn.
  bool in_line = false;
  /// The session has more to send once all this is taken.
  bool wants_more = false;
  /// Since when a frame is incomplete, or an answer does not move.
  std::optional<time_point> stalled_since;

  /// All bytes that are there for it.
  [[nodiscard]] size_t held() const noexcept;
  void note_held() noexcept;
  /// Whole frames have come in that are not handed on.
  [[nodiscard]] bool has_more() const noexcept;
  /// It had or has so much in use, or asked so often, that to give memory back
  /// to the kernel is worth its while once it ends.
  [[nodiscard]] bool used_much_memory() const noexcept;
  /// The same while it goes on, with nothing held for it: true once, until it
  /// has had as much in use again.
  [[nodiscard]] bool has_let_go_of_much() noexcept;
  /// The client is to do something from now on, if not for longer.
  void expect_progress(time_point now);

  /// For those who look.
  [[nodiscard]] core::ron::value portrait(time_point now) const;
};

} // namespace hiisi::actors
