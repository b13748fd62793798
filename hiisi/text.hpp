#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hiisi::cli {

/// One character of a text: the bytes it takes and the code point they make.
struct code_point {
  char32_t value = 0;
  size_t bytes = 1;
  /// False for a byte that belongs to no well-formed sequence.
  bool valid = false;
};

/// Reads the character at the start of `text`, which must not be empty.
[[nodiscard]] code_point first_code_point(std::string_view text) noexcept;

/// `text` with everything replaced that could drive a terminal or hide what
/// it says: control characters, bytes that are not UTF-8 and the marks that
/// change the direction of writing, as \n, \t, \x1b, \u202e.
[[nodiscard]] std::string printable(std::string_view text);

/// Columns that `text`, already printable, takes on a terminal: none for
/// combining marks, two for East Asian wide characters and emoji.
[[nodiscard]] size_t display_width(std::string_view text) noexcept;

/// `text` cut to at most `width` columns; what was cut is shown by "…".
[[nodiscard]] std::string cut_to_width(std::string_view text, size_t width);

/// The lines of a text, without their newlines. A newline at the very end ends
/// the last line and starts none.
[[nodiscard]] std::vector<std::string> split_lines(std::string_view text);

/// Whether the word is made of decimal digits and nothing else.
[[nodiscard]] bool all_digits(std::string_view word) noexcept;

} // namespace hiisi::cli
