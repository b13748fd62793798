#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace hiisi::core {

/// What one user's connections may hand on before those who work on it have got
/// so far: a flood waits in its own buffers, and others' requests wait for no
/// more than one turn of it. Connections with more than fits into a turn wait
/// in line for the next.
class user_turn {
public:
  /// A turn is so many frames, of which a long one counts as several: it costs
  /// as much more as it is long.
  static constexpr size_t frames = 32;
  static constexpr size_t bytes_as_a_frame = 16 * 1024;

  [[nodiscard]] bool over() const noexcept { return left_ == 0; }
  /// Nothing has been handed on in it.
  [[nodiscard]] bool untouched() const noexcept { return left_ == frames; }
  /// A frame of so many bytes was handed on.
  void spend(size_t bytes) noexcept;

  /// Has that connection wait for the next turn.
  void wait(uint64_t connection) { line_.push_back(connection); }
  /// Whether the next turn is to be asked for: true once, until it begins.
  [[nodiscard]] bool ask() noexcept;

  /// The next turn.
  void begin() noexcept;
  /// The connection that has waited longest, which waits no longer; none while
  /// the turn is over.
  [[nodiscard]] std::optional<uint64_t> next();

private:
  size_t left_ = frames;
  bool asked_ = false;
  std::deque<uint64_t> line_;
};

} // namespace hiisi::core
