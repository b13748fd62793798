#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace hiisi::protocol {

/// What begins a text: a whole character, or bytes that are none.
struct utf8_step {
  /// How many bytes to go on by; at least 1.
  size_t length = 1;
  bool valid = false;
};

/// Reads one character at `text[at]`, by the table of well-formed sequences
/// (Unicode 15, table 3-7): no overlong forms, no surrogates, nothing above
/// U+10FFFF. Bytes that begin no character are taken together as far as a
/// character could still have come of them, so that each such run becomes one
/// U+FFFD, as Unicode recommends. `at` is less than the size of `text`.
[[nodiscard]] utf8_step utf8_next(std::string_view text, size_t at) noexcept;

/// The index of the first byte that is not UTF-8, if there is one.
[[nodiscard]] std::optional<size_t>
find_invalid_utf8(std::string_view text) noexcept;

/// `text` with U+FFFD in the place of what is not UTF-8. Names of programs and
/// files are bytes on Linux, while JSON and Prometheus take UTF-8 alone.
[[nodiscard]] std::string to_valid_utf8(std::string_view text);

/// The text with a '?' in place of each character that could drive a terminal
/// or begin a line of its own, and U+FFFD in place of what is no UTF-8.
[[nodiscard]] std::string without_controls(std::string_view text);

/// The first `max_bytes` of a text, cut between characters, for a message:
/// with U+FFFD for what is not UTF-8, '?' for control characters, and "..."
/// after it where something was cut.
[[nodiscard]] std::string excerpt(std::string_view text, size_t max_bytes = 64);

} // namespace hiisi::protocol
