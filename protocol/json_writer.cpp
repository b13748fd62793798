#include "protocol/json_writer.hpp"

#include "protocol/utf8.hpp"

#include <array>
#include <charconv>

namespace hiisi::protocol {

namespace {

// What a byte of a string takes.
enum class handling : uint8_t { copy, escape, check };

constexpr auto handling_of = [] {
  std::array<handling, 256> table{};
  for (size_t i = 0; i < 0x20; ++i)
    table[i] = handling::escape;
  table['"'] = handling::escape;
  table['\\'] = handling::escape;
  for (size_t i = 0x80; i < table.size(); ++i)
    table[i] = handling::check;
  return table;
}();

void append_escaped(std::string& out, char c) {
  constexpr std::string_view hex = "0123456789abcdef";
  out += '\\';
  switch (c) {
  case '"':
  case '\\':
    out += c;
    return;
  case '\b':
    out += 'b';
    return;
  case '\f':
    out += 'f';
    return;
  case '\n':
    out += 'n';
    return;
  case '\r':
    out += 'r';
    return;
  case '\t':
    out += 't';
    return;
  default:
    out += "u00";
    out += hex[static_cast<unsigned char>(c) >> 4];
    out += hex[static_cast<unsigned char>(c) & 0xf];
  }
}

template <class Number>
void append_number(std::string& out, Number value) {
  std::array<char, 24> digits;
  auto end
      = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

} // namespace

json_writer& json_writer::text(std::string_view value) {
  out_ += '"';
  size_t begin = 0; // of what is still to be copied as it is
  for (size_t at = 0; at < value.size();) {
    auto how = handling_of[static_cast<unsigned char>(value[at])];
    if (how == handling::copy) {
      ++at;
      continue;
    }
    if (how == handling::check) {
      auto step = utf8_next(value, at);
      if (!step.valid) {
        out_ += value.substr(begin, at - begin);
        out_ += "\xef\xbf\xbd";
        begin = at + step.length;
      }
      at += step.length;
      continue;
    }
    out_ += value.substr(begin, at - begin);
    append_escaped(out_, value[at]);
    begin = ++at;
  }
  out_ += value.substr(begin);
  out_ += '"';
  return *this;
}

json_writer& json_writer::signed_number(int64_t value) {
  append_number(out_, value);
  return *this;
}

json_writer& json_writer::unsigned_number(uint64_t value) {
  append_number(out_, value);
  return *this;
}

} // namespace hiisi::protocol
