#include "actors/core/ron/text.hpp"

#include <algorithm>
#include <array>

namespace hiisi::core::ron {

namespace {

bool is_between(char32_t c, char32_t first, char32_t last) noexcept {
  return c >= first && c <= last;
}

} // namespace

std::optional<decoded> decode_utf8(std::string_view text) noexcept {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  auto first = byte(0);
  if (first < 0x80)
    return decoded{first, 1};
  size_t size = 0;
  char32_t least = 0;
  char32_t scalar = 0;
  if ((first & 0xe0) == 0xc0) {
    size = 2;
    least = 0x80;
    scalar = first & 0x1f;
  } else if ((first & 0xf0) == 0xe0) {
    size = 3;
    least = 0x800;
    scalar = first & 0x0f;
  } else if ((first & 0xf8) == 0xf0) {
    size = 4;
    least = 0x10000;
    scalar = first & 0x07;
  } else {
    return std::nullopt;
  }
  if (text.size() < size)
    return std::nullopt;
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80)
      return std::nullopt;
    scalar = (scalar << 6) | (byte(i) & 0x3fU);
  }
  // Over-long forms and surrogates are not well-formed.
  if (scalar < least || !is_scalar(scalar))
    return std::nullopt;
  return decoded{scalar, size};
}

std::optional<size_t> find_invalid_utf8(std::string_view text) noexcept {
  size_t i = 0;
  while (i < text.size()) {
    auto next = decode_utf8(text.substr(i));
    if (!next)
      return i;
    i += next->size;
  }
  return std::nullopt;
}

void append_utf8(std::string& text, char32_t scalar) {
  auto put = [&](char32_t byte) { text += static_cast<char>(byte); };
  if (scalar < 0x80) {
    put(scalar);
  } else if (scalar < 0x800) {
    put(0xc0 | (scalar >> 6));
    put(0x80 | (scalar & 0x3f));
  } else if (scalar < 0x10000) {
    put(0xe0 | (scalar >> 12));
    put(0x80 | ((scalar >> 6) & 0x3f));
    put(0x80 | (scalar & 0x3f));
  } else {
    put(0xf0 | (scalar >> 18));
    put(0x80 | ((scalar >> 12) & 0x3f));
    put(0x80 | ((scalar >> 6) & 0x3f));
    put(0x80 | (scalar & 0x3f));
  }
}

bool is_scalar(char32_t c) noexcept {
  return c <= 0x10ffff && !is_between(c, 0xd800, 0xdfff);
}

bool is_hidden(char32_t c) noexcept {
  return c < 0x20 || is_between(c, 0x7f, 0x9f) || is_between(c, 0x200e, 0x200f)
         || is_between(c, 0x2028, 0x202e) || is_between(c, 0x2066, 0x2069)
         || c == 0xfeff;
}

bool is_name(std::string_view text) noexcept {
  return !text.empty()
         && std::all_of(text.begin(), text.end(), is_raw_name_char);
}

bool is_plain_name(std::string_view text) noexcept {
  return !text.empty() && is_name_start(text.front())
         && std::all_of(text.begin(), text.end(), is_name_rest);
}

bool is_reserved(std::string_view text) noexcept {
  constexpr std::array<std::string_view, 6> words
      = {"true", "false", "Some", "None", "inf", "NaN"};
  return std::find(words.begin(), words.end(), text) != words.end();
}

} // namespace hiisi::core::ron
