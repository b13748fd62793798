#include "protocol/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace hiisi::protocol {

namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd"; // U+FFFD

/// Whether a character can drive a terminal (C0, DEL, C1) or have it show text
/// in another order than it has: U+061C, U+200E, U+200F, U+2028 to U+202E,
/// U+2066 to U+2069.
bool is_control(std::string_view character) noexcept {
  auto byte
      = [&](size_t i) { return static_cast<unsigned char>(character[i]); };
  switch (character.size()) {
  case 1:
    return byte(0) < 0x20 || byte(0) == 0x7f;
  case 2:
    return (byte(0) == 0xc2 && byte(1) < 0xa0) || character == "\xd8\x9c";
  case 3:
    return byte(0) == 0xe2
           && ((byte(1) == 0x80
                && (byte(2) == 0x8e || byte(2) == 0x8f
                    || (byte(2) >= 0xa8 && byte(2) <= 0xae)))
               || (byte(1) == 0x81 && byte(2) >= 0xa6 && byte(2) <= 0xa9));
  default:
    return false;
  }
}

} // namespace

utf8_step utf8_next(std::string_view text, size_t at) noexcept {
  auto byte
      = [&](size_t i) { return static_cast<unsigned char>(text[at + i]); };
  auto first = byte(0);
  if (first < 0x80)
    return {1, true};
  // How many bytes follow, and between what the first of them lies.
  size_t following = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xbf;
  if (first >= 0xc2 && first <= 0xdf) {
    following = 1;
  } else if (first >= 0xe0 && first <= 0xef) {
    following = 2;
    if (first == 0xe0)
      low = 0xa0;
    if (first == 0xed)
      high = 0x9f;
  } else if (first >= 0xf0 && first <= 0xf4) {
    following = 3;
    if (first == 0xf0)
      low = 0x90;
    if (first == 0xf4)
      high = 0x8f;
  } else {
    return {1, false};
  }
  for (size_t i = 1; i <= following; ++i) {
    if (at + i >= text.size() || byte(i) < low || byte(i) > high)
      return {i, false};
    low = 0x80;
    high = 0xbf;
  }
  return {following + 1, true};
}

std::optional<size_t> find_invalid_utf8(std::string_view text) noexcept {
  size_t at = 0;
  while (at < text.size()) {
    // Nearly everything is ASCII: eight bytes at a time while it is.
    uint64_t word = 0;
    if (text.size() - at >= sizeof(word)) {
      std::memcpy(&word, text.data() + at, sizeof(word));
      if ((word & 0x8080808080808080) == 0) {
        at += sizeof(word);
        continue;
      }
    }
    auto step = utf8_next(text, at);
    if (!step.valid)
      return at;
    at += step.length;
  }
  return std::nullopt;
}

std::string to_valid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    auto step = utf8_next(text, at);
    out += step.valid ? text.substr(at, step.length) : replacement;
    at += step.length;
  }
  return out;
}

std::string without_controls(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    auto step = utf8_next(text, at);
    auto piece = step.valid ? text.substr(at, step.length) : replacement;
    out += is_control(piece) ? "?" : piece;
    at += step.length;
  }
  return out;
}

std::string excerpt(std::string_view text, size_t max_bytes) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    auto step = utf8_next(text, at);
    auto piece = step.valid ? text.substr(at, step.length) : replacement;
    if (is_control(piece))
      piece = "?";
    if (out.size() + piece.size() > max_bytes)
      return out + "...";
    out += piece;
    at += step.length;
  }
  return out;
}

} // namespace hiisi::protocol
