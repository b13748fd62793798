#include "protocol/json_writer.hpp"

#include "protocol/utf8.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace hiisi::protocol {

namespace {

constexpr size_t max_digits = 24;

// What a byte of a string takes.
enum class handling : uint8_t { copy, escape, check };

constexpr auto handling_of = [] {
  std::array<handling, 256> table{};
  for (size_t i = 0; i < 0x20; ++i)
    table[i] = handling::escape;
  table['"'] = handling::escape;
  table['\\'] = handling::escape;
  // JSON may have it as it is, but people look at JSON in terminals.
  table[0x7f] = handling::escape;
  for (size_t i = 0x80; i < table.size(); ++i)
    table[i] = handling::check;
  return table;
}();

// How many bytes from the front on can be copied as they are; eight at a time,
// for nearly all of them can.
size_t copied_as_is(std::string_view text) noexcept {
  constexpr uint64_t ones = 0x0101010101010101;
  constexpr uint64_t tops = 0x8080808080808080;
  size_t at = 0;
  for (uint64_t word = 0; text.size() - at >= sizeof word; at += sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    const auto quotes = word ^ (ones * '"');
    const auto slashes = word ^ (ones * '\\');
    const auto deletes = word ^ (ones * 0x7f);
    // A subtraction borrows into the top bit of a byte that was too small; a
    // byte whose own top bit is set stops us either way.
    if ((((word - ones * 0x20) | (quotes - ones) | (slashes - ones)
          | (deletes - ones) | word)
         & tops)
        != 0)
      break;
  }
  while (at < text.size()
         && handling_of[static_cast<unsigned char>(text[at])] == handling::copy)
    ++at;
  return at;
}

} // namespace

void json_writer::grow(size_t bytes) {
  out_.resize(std::max(size_ + bytes, 2 * out_.size()));
}

void json_writer::escaped(char c) {
  constexpr std::string_view hex = "0123456789abcdef";
  switch (c) {
  case '"':
    raw("\\\"");
    return;
  case '\\':
    raw("\\\\");
    return;
  case '\b':
    raw("\\b");
    return;
  case '\f':
    raw("\\f");
    return;
  case '\n':
    raw("\\n");
    return;
  case '\r':
    raw("\\r");
    return;
  case '\t':
    raw("\\t");
    return;
  default:
    const char code[] = {'\\',
                         'u',
                         '0',
                         '0',
                         hex[static_cast<unsigned char>(c) >> 4],
                         hex[static_cast<unsigned char>(c) & 0xf]};
    raw({code, sizeof code});
  }
}

json_writer& json_writer::text(std::string_view value) {
  raw("\"");
  for (;;) {
    const auto plain = copied_as_is(value);
    raw(value.substr(0, plain));
    value.remove_prefix(plain);
    if (value.empty())
      return raw("\"");
    if (handling_of[static_cast<unsigned char>(value[0])] == handling::escape) {
      escaped(value[0]);
      value.remove_prefix(1);
      continue;
    }
    const auto step = utf8_next(value, 0);
    // C1 controls, which some terminals obey: U+0080 to U+009F.
    if (step.valid && value[0] == '\xc2'
        && static_cast<unsigned char>(value[1]) < 0xa0) {
      escaped(value[1]);
      value.remove_prefix(2);
      continue;
    }
    raw(step.valid ? value.substr(0, step.length) : "\xef\xbf\xbd");
    value.remove_prefix(step.length);
  }
}

json_writer& json_writer::signed_number(int64_t value) {
  auto* begin = room(max_digits);
  size_ = static_cast<size_t>(
      std::to_chars(begin, begin + max_digits, value).ptr - out_.data());
  return *this;
}

json_writer& json_writer::unsigned_number(uint64_t value) {
  auto* begin = room(max_digits);
  size_ = static_cast<size_t>(
      std::to_chars(begin, begin + max_digits, value).ptr - out_.data());
  return *this;
}

} // namespace hiisi::protocol
