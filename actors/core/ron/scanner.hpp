#pragma once

#include "actors/core/ron/value.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace hiisi::core::ron {

/// Walks over a text that is UTF-8 throughout, counting lines and columns.
/// What can fail returns false after fail(), which keeps the first error.
class scanner {
public:
  explicit scanner(std::string_view text) noexcept : text_(text) {}

  // -- looking ---------------------------------------------------------------

  [[nodiscard]] position at() const noexcept { return at_; }
  [[nodiscard]] bool at_end() const noexcept { return next_ == text_.size(); }
  /// The byte so far ahead; 0 behind the end, which no rule of RON wants.
  [[nodiscard]] char peek(size_t ahead = 0) const noexcept {
    return ahead < text_.size() - next_ ? text_[next_ + ahead] : '\0';
  }
  [[nodiscard]] bool looking_at(std::string_view word) const noexcept {
    return rest().starts_with(word);
  }
  /// What has not been taken yet.
  [[nodiscard]] std::string_view rest() const noexcept {
    return text_.substr(next_);
  }

  /// The length of the name that stands here, its `r#` counted, or 0. The
  /// prefixes of strings (`r"`, `r#"`, `b"`, `b'`, `br"`) are no names.
  [[nodiscard]] size_t name_length() const noexcept;
  /// Whether a name and a colon stand here: the begin of a struct's fields.
  [[nodiscard]] bool looking_at_field() const;

  // -- taking ----------------------------------------------------------------

  /// Takes so many bytes, which must be there and end with a character.
  std::string_view take(size_t bytes) noexcept;
  /// Takes the byte, if it stands here.
  bool take_if(char c) noexcept;
  /// Takes one character, of one byte or more, which must be there.
  std::string_view take_character() noexcept;
  /// Takes a name into `out`, without its `r#`, or fails, as `what` was
  /// expected.
  [[nodiscard]] bool take_name(std::string_view what, std::string_view& out);
  /// Takes white space and comments. Fails where a comment does not end.
  [[nodiscard]] bool skip_space();
  /// Takes the byte after white space, or fails, as `what` was expected.
  [[nodiscard]] bool expect(char c, std::string_view what);

  // -- failing ---------------------------------------------------------------

  /// Keeps the first message and its place; always false.
  bool fail(position at, std::string message);
  /// "expected WHAT, found ..." at the place reached.
  bool fail_expected(std::string_view what);
  [[nodiscard]] bool failed() const noexcept { return failed_; }
  [[nodiscard]] position failed_at() const noexcept { return failed_at_; }
  [[nodiscard]] const std::string& message() const noexcept { return message_; }

  /// What stands here, for a message: "`,`" or "end of text".
  [[nodiscard]] std::string found() const;

private:
  [[nodiscard]] bool skip_block_comment();

  std::string_view text_;
  size_t next_ = 0;
  position at_ = {1, 1};
  bool failed_ = false;
  position failed_at_;
  std::string message_;
};

/// A piece of the text between back-ticks, cut short and with what a terminal
/// could stumble over escaped.
[[nodiscard]] std::string quoted(std::string_view piece);

} // namespace hiisi::core::ron
