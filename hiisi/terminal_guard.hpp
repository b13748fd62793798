#pragma once

#include <string>
#include <string_view>

namespace hiisi::cli {

/// Makes of the bytes of a log what a terminal can be given: text, newlines,
/// tabs, and colours where they are wanted. Everything else that a terminal
/// might obey is shown as \x1b, \x0d, \u009b; a carriage return right before a
/// newline does nothing and stays. A colour ends with its line, so that
/// whatever ends the output leaves the terminal as it was.
class terminal_guard {
public:
  /// What can be shown of the bytes, and of what was held back before. The
  /// begin of a character or of a colour is held back until the rest of it
  /// comes. Without `colors`, colours are left out.
  [[nodiscard]] std::string take(std::string_view bytes, bool colors);

  /// Nothing follows: what was held back, and the end of the colour.
  [[nodiscard]] std::string finish();

private:
  void end_color(std::string& shown);

  std::string held_;
  bool colored_ = false;
};

} // namespace hiisi::cli
