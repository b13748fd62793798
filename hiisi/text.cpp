#include "hiisi/text.hpp"

#include "protocol/utf8.hpp"

#include <algorithm>
#include <cstdint>
#include <span>

namespace hiisi::cli {

namespace {

struct range {
  char32_t first;
  char32_t last;
};

bool within(std::span<const range> table, char32_t value) noexcept {
  return std::ranges::any_of(table, [value](const range& r) {
    return r.first <= value && value <= r.last;
  });
}

// The blocks of combining marks and joiners that names and paths may hold.
constexpr range zero_width[] = {
    {0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x064b, 0x065f},
    {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x200b, 0x200d}, {0x20d0, 0x20ff},
    {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xfeff, 0xfeff}, {0xe0100, 0xe01ef},
};

// What Unicode's EastAsianWidth calls wide or full-width, by blocks.
constexpr range two_wide[] = {
    {0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0x33ff},
    {0x3400, 0x4dbf},   {0x4e00, 0x9fff},   {0xa000, 0xa4cf},
    {0xa960, 0xa97f},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},
    {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},
    {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff},
    {0x20000, 0x3fffd},
};

// C1 controls, and the marks by which a text can be shown in another order
// than it is stored.
constexpr range not_shown[] = {
    {0x80, 0x9f},     {0x061c, 0x061c}, {0x200e, 0x200f},
    {0x2028, 0x2029}, {0x202a, 0x202e}, {0x2066, 0x2069},
};

size_t width_of(char32_t value) noexcept {
  if (within(zero_width, value))
    return 0;
  return within(two_wide, value) ? 2 : 1;
}

std::string hex(char32_t value, size_t digits) {
  std::string text(digits, '0');
  for (size_t i = digits; i-- > 0; value >>= 4)
    text[i] = "0123456789abcdef"[value & 0xf];
  return text;
}

} // namespace

code_point first_code_point(std::string_view text) noexcept {
  auto byte = [text](size_t i) { return static_cast<uint8_t>(text[i]); };
  protocol::utf8_step step = protocol::utf8_next(text, 0);
  if (!step.valid || step.length == 1)
    return {byte(0), 1, step.valid};
  char32_t value = byte(0) & (0x7fu >> step.length);
  for (size_t i = 1; i < step.length; ++i)
    value = (value << 6) | (byte(i) & 0x3fu);
  return {value, step.length, true};
}

std::string printable(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  while (!text.empty()) {
    code_point c = first_code_point(text);
    if (c.value == '\n')
      shown += "\\n";
    else if (c.value == '\t')
      shown += "\\t";
    else if (!c.valid || c.value < 0x20 || c.value == 0x7f)
      shown += "\\x" + hex(c.value, 2);
    else if (within(not_shown, c.value))
      shown += "\\u" + hex(c.value, 4);
    else
      shown += text.substr(0, c.bytes);
    text.remove_prefix(c.bytes);
  }
  return shown;
}

size_t display_width(std::string_view text) noexcept {
  size_t width = 0;
  while (!text.empty()) {
    code_point c = first_code_point(text);
    width += width_of(c.value);
    text.remove_prefix(c.bytes);
  }
  return width;
}

std::string cut_to_width(std::string_view text, size_t width) {
  if (display_width(text) <= width)
    return std::string{text};
  if (width == 0)
    return {};
  std::string kept;
  size_t used = 0;
  while (!text.empty()) {
    code_point c = first_code_point(text);
    size_t wide = width_of(c.value);
    // One column stays for the sign that something is missing.
    if (used + wide > width - 1)
      break;
    used += wide;
    kept += text.substr(0, c.bytes);
    text.remove_prefix(c.bytes);
  }
  return kept + "…";
}

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

bool all_digits(std::string_view word) noexcept {
  return !word.empty() && std::ranges::all_of(word, [](char c) {
    return c >= '0' && c <= '9';
  });
}

} // namespace hiisi::cli
