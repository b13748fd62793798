#include "actors/core/ron/literals.hpp"
#include "actors/core/ron/text.hpp"

namespace hiisi::core::ron {

namespace {

enum class form { characters, bytes };

/// The scalar of `\x41`, behind the x.
bool read_hex_escape(scanner& in, char32_t& out) {
  auto begin = in.at();
  auto high = hex_value(in.peek());
  auto low = high < 0 ? -1 : hex_value(in.peek(1));
  if (low < 0)
    return in.fail(begin, "expected two hexadecimal digits after `\\x`");
  in.take(2);
  out = static_cast<char32_t>(high * 16 + low);
  return true;
}

/// The scalar of `\u{1F600}`, behind the u.
bool read_unicode_escape(scanner& in, char32_t& out) {
  auto begin = in.at();
  char32_t scalar = 0;
  size_t digits = 0;
  bool ok = in.take_if('{');
  for (; ok && hex_value(in.peek()) >= 0; ++digits) {
    scalar = scalar * 16 + static_cast<char32_t>(hex_value(in.peek()));
    in.take(1);
    ok = digits < 6;
  }
  if (!ok || digits == 0 || digits > 6 || !in.take_if('}'))
    return in.fail(begin, "expected one to six hexadecimal digits in braces "
                          "after `\\u`, as in \\u{1F600}");
  if (!is_scalar(scalar))
    return in.fail(begin, "no character has this number; expected up to "
                          "\\u{10FFFF} without \\u{D800} to \\u{DFFF}");
  out = scalar;
  return true;
}

/// The scalar that an escape stands for, from its backslash on.
bool read_escape(scanner& in, form kind, char32_t& out) {
  auto begin = in.at();
  in.take(1);
  if (in.at_end())
    return in.fail_expected("an escape");
  auto letter = in.peek();
  switch (letter) {
  case 'n':
    out = '\n';
    break;
  case 'r':
    out = '\r';
    break;
  case 't':
    out = '\t';
    break;
  case '0':
    out = '\0';
    break;
  // The grammar of 0.8 has these two, Rust has not.
  case 'b':
    out = '\b';
    break;
  case 'f':
    out = '\f';
    break;
  case '\\':
  case '\'':
  case '"':
    out = static_cast<char32_t>(letter);
    break;
  case 'x':
    in.take(1);
    return read_hex_escape(in, out);
  case 'u':
    if (kind == form::bytes)
      return in.fail(begin, "a byte string has no `\\u`; write the bytes as "
                            "`\\x` and two hexadecimal digits");
    in.take(1);
    return read_unicode_escape(in, out);
  default:
    return in.fail(begin, "unknown escape " + in.found()
                              + " after the backslash; expected one of n r t b "
                                "f 0 \\ ' \" x u");
  }
  in.take(1);
  return true;
}

void append(std::string& text, form kind, char32_t scalar) {
  if (kind == form::bytes)
    text += static_cast<char>(scalar);
  else
    append_utf8(text, scalar);
}

/// From the opening quotation mark on.
bool read_quoted(scanner& in, form kind, std::string& out) {
  auto begin = in.at();
  in.take(1);
  while (!in.at_end()) {
    // Whole runs at once; the text is UTF-8, and these two are ASCII.
    auto run = in.rest().find_first_of("\"\\");
    if (run == std::string_view::npos)
      break;
    out += in.take(run);
    if (in.take_if('"'))
      return true;
    char32_t scalar = 0;
    if (!read_escape(in, kind, scalar))
      return false;
    append(out, kind, scalar);
  }
  return in.fail(begin, "this string never ends; expected `\"`");
}

/// From the hashes or the quotation mark on.
bool read_raw(scanner& in, std::string& out) {
  auto begin = in.at();
  size_t hashes = 0;
  while (in.take_if('#'))
    ++hashes;
  if (!in.take_if('"'))
    return in.fail_expected("`\"` to begin a raw string");
  while (!in.at_end()) {
    auto run = in.rest().find('"');
    if (run == std::string_view::npos)
      break;
    out += in.take(run);
    in.take(1);
    size_t closing = 0;
    while (closing < hashes && in.take_if('#'))
      ++closing;
    if (closing == hashes)
      return true;
    // It was no end after all; these hashes are passed over for good.
    out += '"';
    out.append(closing, '#');
  }
  return in.fail(begin, "this raw string never ends; expected `\"` and "
                            + std::to_string(hashes) + " of `#`");
}

/// From the apostrophe on.
bool read_single(scanner& in, form kind, char32_t& out) {
  auto begin = in.at();
  in.take(1);
  if (in.at_end() || in.peek() == '\'')
    return in.fail_expected("a character");
  if (in.peek() == '\\') {
    if (!read_escape(in, kind, out))
      return false;
  } else {
    out = decode_utf8(in.take_character()).value_or(decoded{}).scalar;
    if (kind == form::bytes && out > 0x7f)
      return in.fail(begin, "a byte is a character of ASCII or an escape");
  }
  return in.take_if('\'') || in.fail_expected("`'` after one character");
}

} // namespace

bool looking_at_text(const scanner& in) noexcept {
  switch (in.peek()) {
  case '"':
  case '\'':
    return true;
  case 'r':
    return in.peek(1) == '"' || (in.peek(1) == '#' && in.name_length() == 0);
  case 'b':
    return in.name_length() == 0;
  default:
    return false;
  }
}

bool read_text(scanner& in, value& out) {
  auto kind = in.take_if('b') ? form::bytes : form::characters;
  if (in.peek() == '\'') {
    char32_t scalar = 0;
    if (!read_single(in, kind, scalar))
      return false;
    out = kind == form::bytes ? value(static_cast<uint32_t>(scalar))
                              : value::character(scalar);
    return true;
  }
  std::string text;
  if (in.take_if('r') ? !read_raw(in, text) : !read_quoted(in, kind, text))
    return false;
  out = kind == form::bytes ? value::bytes(std::move(text))
                            : value::string(std::move(text));
  return true;
}

} // namespace hiisi::core::ron
