#include "actors/core/ron/scanner.hpp"

#include "actors/core/ron/text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace hiisi::core::ron {

namespace {

/// So much of a text is repeated in a message (characters).
constexpr size_t quoted_characters = 32;

/// The length of the white space character at the begin of the text, or 0.
/// Those beyond ASCII are the rest of Unicode's Pattern_White_Space, which
/// the reference reader takes too.
size_t space_length(std::string_view text) noexcept {
  if (text.empty())
    return 0;
  auto c = text.front();
  if (c == ' ' || (c >= '\t' && c <= '\r'))
    return 1;
  constexpr std::array<std::string_view, 5> others
      = {"\u0085", "\u200e", "\u200f", "\u2028", "\u2029"};
  for (auto other : others)
    if (text.starts_with(other))
      return other.size();
  return 0;
}

} // namespace

size_t scanner::name_length() const noexcept {
  if (looking_at("r#")) {
    size_t end = 2;
    while (is_raw_name_char(peek(end)))
      ++end;
    return end > 2 ? end : 0;
  }
  if (!is_name_start(peek()))
    return 0;
  size_t end = 1;
  while (is_name_rest(peek(end)))
    ++end;
  auto name = rest().substr(0, end);
  auto next = peek(end);
  if ((next == '"' && (name == "r" || name == "b" || name == "br"))
      || (next == '\'' && name == "b") || (next == '#' && name == "br"))
    return 0;
  return end;
}

bool scanner::looking_at_field() const {
  auto length = name_length();
  if (length == 0)
    return false;
  // A copy looks ahead. It passes over one name and the space behind it,
  // which no other look-ahead visits, so reading stays linear.
  auto ahead = *this;
  ahead.take(length);
  return ahead.skip_space() && ahead.peek() == ':';
}

std::string_view scanner::take(size_t bytes) noexcept {
  auto taken = text_.substr(next_, bytes);
  for (auto c : taken) {
    if (c == '\n') {
      ++at_.line;
      at_.column = 1;
    } else if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) {
      ++at_.column;
    }
  }
  next_ += taken.size();
  return taken;
}

bool scanner::take_if(char c) noexcept {
  if (at_end() || peek() != c)
    return false;
  take(1);
  return true;
}

std::string_view scanner::take_character() noexcept {
  auto next = decode_utf8(rest());
  return take(next ? next->size : 1);
}

bool scanner::take_name(std::string_view what, std::string_view& out) {
  auto length = name_length();
  if (length == 0)
    return fail_expected(what);
  out = take(length);
  if (out.starts_with("r#"))
    out.remove_prefix(2);
  return true;
}

bool scanner::skip_space() {
  while (!at_end()) {
    if (auto length = space_length(rest())) {
      take(length);
    } else if (looking_at("//")) {
      take(std::min(rest().find('\n'), rest().size()));
    } else if (looking_at("/*")) {
      if (!skip_block_comment())
        return false;
    } else {
      break;
    }
  }
  return true;
}

bool scanner::skip_block_comment() {
  auto begin = at_;
  // They nest; a counter, as nobody bounds how deep.
  size_t open = 0;
  while (!at_end()) {
    if (looking_at("/*")) {
      take(2);
      ++open;
    } else if (looking_at("*/")) {
      take(2);
      if (--open == 0)
        return true;
    } else {
      take(1);
    }
  }
  return fail(begin, "this comment never ends; expected `*/`");
}

bool scanner::expect(char c, std::string_view what) {
  if (!skip_space())
    return false;
  return take_if(c) || fail_expected(what);
}

bool scanner::fail(position at, std::string message) {
  if (!failed_) {
    failed_ = true;
    failed_at_ = at;
    message_ = std::move(message);
  }
  return false;
}

bool scanner::fail_expected(std::string_view what) {
  return fail(at_, "expected " + std::string(what) + ", found " + found());
}

std::string scanner::found() const {
  if (at_end())
    return "end of text";
  size_t length = name_length();
  if (length == 0) {
    auto next = decode_utf8(rest());
    length = next ? next->size : 1;
  }
  return quoted(rest().substr(0, length));
}

std::string quoted(std::string_view piece) {
  std::string result = "`";
  for (size_t count = 0; !piece.empty(); ++count) {
    if (count == quoted_characters) {
      result += "...";
      break;
    }
    auto next = decode_utf8(piece).value_or(decoded{0xfffd, 1});
    if (is_hidden(next.scalar)) {
      std::array<char, 16> escape{};
      std::snprintf(escape.data(), escape.size(), "\\u{%x}",
                    static_cast<unsigned>(next.scalar));
      result += escape.data();
    } else {
      append_utf8(result, next.scalar);
    }
    piece.remove_prefix(next.size);
  }
  return result + '`';
}

} // namespace hiisi::core::ron
