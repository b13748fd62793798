#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// The characters and names of RON, for its reader and its writer.
namespace hiisi::core::ron {

/// One character of a UTF-8 text and how many bytes it takes.
struct decoded {
  char32_t scalar = 0;
  size_t size = 0;
};

/// The first character of a text that is not empty; nothing where it is not
/// well-formed UTF-8 (Unicode 15, table 3-7).
[[nodiscard]] std::optional<decoded>
decode_utf8(std::string_view text) noexcept;

/// Where the text ceases to be UTF-8, if it does (bytes from its start).
[[nodiscard]] std::optional<size_t>
find_invalid_utf8(std::string_view text) noexcept;

/// Appends a Unicode scalar value to a UTF-8 text.
void append_utf8(std::string& text, char32_t scalar);

/// Neither a surrogate nor beyond U+10FFFF.
[[nodiscard]] bool is_scalar(char32_t c) noexcept;

/// Characters that a person would not see or that would reorder the line they
/// see: controls, line separators, marks of direction. They are escaped.
[[nodiscard]] bool is_hidden(char32_t c) noexcept;

[[nodiscard]] constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

/// The value of a hexadecimal digit, or -1.
[[nodiscard]] constexpr int hex_value(char c) noexcept {
  if (is_digit(c))
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

/// Begins a plain name: a letter of ASCII or `_`.
[[nodiscard]] constexpr bool is_name_start(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/// Continues a plain name.
[[nodiscard]] constexpr bool is_name_rest(char c) noexcept {
  return is_name_start(c) || is_digit(c);
}

/// Stands in a raw name, `r#a-b.c`.
[[nodiscard]] constexpr bool is_raw_name_char(char c) noexcept {
  return is_name_rest(c) || c == '.' || c == '+' || c == '-';
}

/// Can be written as a name, plain or raw.
[[nodiscard]] bool is_name(std::string_view text) noexcept;

/// Can be written as a plain name where a field's name is expected.
[[nodiscard]] bool is_plain_name(std::string_view text) noexcept;

/// Means something else where a value is expected: true, false, Some, None,
/// inf and NaN. A variant of such a name is written `r#None`.
[[nodiscard]] bool is_reserved(std::string_view text) noexcept;

} // namespace hiisi::core::ron
