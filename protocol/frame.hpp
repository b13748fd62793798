#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hiisi::protocol {

/// Puts a frame's header (a 32-bit big-endian length) before `body`. `body`
/// is at most max_frame_bytes long.
[[nodiscard]] std::string frame(std::string_view body);

/// The same in place: appends room for a header to `out` and returns where it
/// begins, for end_frame() to fill in once the body is behind it.
[[nodiscard]] size_t begin_frame(std::string& out);

/// False where the body is longer than a frame may be.
[[nodiscard]] bool end_frame(std::string& out, size_t begin) noexcept;

/// Cuts a stream of bytes, in whatever pieces it comes, into frame bodies.
/// Memory grows with the bytes received, never with the length announced.
class frame_decoder {
public:
  /// Takes the next bytes of the stream. After a frame that is too long has
  /// been announced it takes none any more.
  void feed(std::string_view bytes);

  /// The next whole body, in the order of the stream.
  [[nodiscard]] std::optional<std::string> next();

  /// Set once a header announced more than max_frame_bytes: the length that
  /// it announced. The stream cannot be read on from there.
  [[nodiscard]] std::optional<uint32_t> oversize() const noexcept {
    return oversize_;
  }

  /// Whether the stream stops inside a frame at this point.
  [[nodiscard]] bool partial() const noexcept;

  /// Bytes held that have not come out by next() (bytes).
  [[nodiscard]] size_t buffered() const noexcept;

private:
  /// Looks whether the frame at the front announces too much.
  void inspect_header();

  std::string buffer_;
  size_t begin_ = 0;
  std::optional<uint32_t> oversize_;
};

/// How many frames `bytes` holds, which are whole frames one after the other.
[[nodiscard]] size_t count_frames(std::string_view bytes) noexcept;

} // namespace hiisi::protocol
