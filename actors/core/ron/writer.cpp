#include "actors/core/ron/writer.hpp"

#include "actors/core/ron/text.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace hiisi::core::ron {

namespace {

/// The escape of a character without one of its own.
void append_unicode_escape(std::string& out, char32_t c) {
  std::array<char, 8> digits{};
  auto end = std::to_chars(digits.data(), digits.data() + digits.size(),
                           static_cast<uint32_t>(c), 16)
                 .ptr;
  out += "\\u{";
  out.append(digits.data(), end);
  out += '}';
}

/// Escapes what must be, and what a person would not see.
void append_escaped(std::string& out, char32_t c, char quote) {
  switch (c) {
  case '\n':
    out += "\\n";
    return;
  case '\r':
    out += "\\r";
    return;
  case '\t':
    out += "\\t";
    return;
  case '\0':
    out += "\\0";
    return;
  case '\\':
    out += "\\\\";
    return;
  default:
    if (c == static_cast<char32_t>(quote)) {
      out += '\\';
      out += quote;
    } else if (is_hidden(c)) {
      append_unicode_escape(out, c);
    } else {
      append_utf8(out, c);
    }
  }
}

/// How many characters from the front on stand for themselves in a string:
/// nearly all of them in nearly all strings.
size_t plain_prefix(std::string_view text) noexcept {
  size_t at = 0;
  while (at < text.size() && text[at] >= 0x20 && text[at] < 0x7f
         && text[at] != '"' && text[at] != '\\')
    ++at;
  return at;
}

void append_string(std::string& out, std::string_view text) {
  out += '"';
  for (;;) {
    const auto plain = plain_prefix(text);
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty())
      break;
    auto next = decode_utf8(text).value_or(decoded{0xfffd, 1});
    append_escaped(out, next.scalar, '"');
    text.remove_prefix(next.size);
  }
  out += '"';
}

void append_bytes(std::string& out, std::string_view octets) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += "b\"";
  for (auto c : octets) {
    auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x7f || (byte < 0x20 && c != '\n' && c != '\r' && c != '\t')) {
      out += "\\x";
      out += digits[byte >> 4];
      out += digits[byte & 0xf];
    } else {
      append_escaped(out, byte, '"');
    }
  }
  out += '"';
}

void append_float(std::string& out, double number) {
  if (std::isnan(number)) {
    out += "NaN";
    return;
  }
  std::array<char, 32> digits{};
  auto end
      = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  std::string_view text(digits.data(),
                        static_cast<size_t>(end - digits.data()));
  out += text;
  // Or it would be read as an integer.
  if (text.find_first_of(".ein") == text.npos)
    out += ".0";
}

/// A name before parentheses or alone, where a value is expected.
void append_value_name(std::string& out, std::string_view name) {
  if (!name.empty() && (is_reserved(name) || !is_plain_name(name)))
    out += "r#";
  out += name;
}

void append_field_name(std::string& out, std::string_view name) {
  if (!is_plain_name(name))
    out += "r#";
  out += name;
}

/// Has fields or entries.
bool has_keys(const value& content) noexcept {
  return !content.fields().empty() || !content.entries().empty();
}

class writer {
public:
  explicit writer(const write_options& options) : options_(options) {}

  /// Appends the value on one line. Gives up, having appended some of it, when
  /// the line gets longer than `limit` or holds what wants lines of its own.
  bool append_line(const value& content, size_t limit, bool within_keys) {
    if (!options_.compact && within_keys && has_keys(content))
      return false;
    switch (content.kind()) {
    case kind::option:
    case kind::list:
    case kind::tuple:
    case kind::map:
    case kind::structure:
      append_opening(content);
      if (!append_items(content, limit))
        return false;
      append_closing(content);
      break;
    default:
      append_scalar(content);
    }
    return out_.size() - line_begin_ <= limit;
  }

  /// Appends the value from the column reached on, on as many lines as it
  /// wants, where `behind` more characters follow.
  void append_block(const value& content, size_t level, size_t behind) {
    auto begin = out_.size();
    auto limit = options_.width > behind ? options_.width - behind : 0;
    bool outermost = level == 0 && has_keys(content);
    if (!outermost && append_line(content, limit, false))
      return;
    out_.resize(begin);
    if (content.items().empty() && !has_keys(content)) {
      // Too long, yet there is nothing to break up.
      append_line(content, std::string::npos, false);
      return;
    }
    if (content.is(kind::option)) {
      // `Some(` and what it holds share their lines.
      out_ += "Some(";
      append_block(content.items().front(), level, behind + 1);
      out_ += ')';
      return;
    }
    append_opening(content);
    for (const auto& item : content.items())
      append_item(level, [&] { append_block(item, level + 1, 1); });
    for (const auto& item : content.entries())
      append_item(level, [&] {
        append_block(item.key, level + 1, 1);
        out_ += ": ";
        append_block(item.content, level + 1, 1);
      });
    for (const auto& item : content.fields())
      append_item(level, [&] {
        append_field_name(out_, item.name);
        out_ += ": ";
        append_block(item.content, level + 1, 1);
      });
    begin_line(level);
    append_closing(content);
  }

  [[nodiscard]] std::string take() { return std::move(out_); }

private:
  void begin_line(size_t level) {
    out_ += '\n';
    line_begin_ = out_.size();
    out_.append(level * options_.indent, ' ');
  }

  template <class Append>
  void append_item(size_t level, Append append) {
    begin_line(level + 1);
    append();
    out_ += ',';
  }

  bool append_items(const value& content, size_t limit) {
    bool first = true;
    auto separate = [&] {
      if (!std::exchange(first, false))
        out_ += options_.compact ? "," : ", ";
    };
    const auto* colon = options_.compact ? ":" : ": ";
    for (const auto& item : content.items()) {
      separate();
      if (!append_line(item, limit, false))
        return false;
    }
    for (const auto& item : content.entries()) {
      separate();
      if (!append_line(item.key, limit, false))
        return false;
      out_ += colon;
      if (!append_line(item.content, limit, true))
        return false;
    }
    for (const auto& item : content.fields()) {
      separate();
      append_field_name(out_, item.name);
      out_ += colon;
      if (!append_line(item.content, limit, true))
        return false;
    }
    return true;
  }

  void append_opening(const value& content) {
    switch (content.kind()) {
    case kind::option:
      out_ += content.items().empty() ? "None" : "Some(";
      break;
    case kind::list:
      out_ += '[';
      break;
    case kind::map:
      out_ += '{';
      break;
    default:
      append_value_name(out_, content.name());
      out_ += '(';
    }
  }

  void append_closing(const value& content) {
    switch (content.kind()) {
    case kind::option:
      out_ += content.items().empty() ? "" : ")";
      break;
    case kind::list:
      out_ += ']';
      break;
    case kind::map:
      out_ += '}';
      break;
    default:
      out_ += ')';
    }
  }

  void append_scalar(const value& content) {
    if (const auto* truth = content.if_boolean()) {
      out_ += *truth ? "true" : "false";
    } else if (const auto* number = content.if_integer()) {
      out_ += to_string(*number);
    } else if (const auto* real = content.if_floating()) {
      append_float(out_, *real);
    } else if (const auto* character = content.if_character()) {
      out_ += '\'';
      append_escaped(out_, *character, '\'');
      out_ += '\'';
    } else if (const auto* text = content.if_string()) {
      append_string(out_, *text);
    } else if (const auto* octets = content.if_bytes()) {
      append_bytes(out_, *octets);
    } else if (content.name().empty()) {
      out_ += "()";
    } else {
      append_value_name(out_, content.name());
    }
  }

  write_options options_;
  std::string out_;
  size_t line_begin_ = 0;
};

} // namespace

std::string write(const value& content, const write_options& options) {
  writer self(options);
  if (options.compact) {
    self.append_line(content, std::string::npos, false);
    return self.take();
  }
  self.append_block(content, 0, 0);
  return self.take() + '\n';
}

} // namespace hiisi::core::ron
