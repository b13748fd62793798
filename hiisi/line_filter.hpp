#pragma once

#include "protocol/exit_info.hpp"
#include "protocol/result.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <regex.h>

namespace hiisi::cli {

/// Takes bytes of a log; false when no more can be taken.
using log_sink = std::function<bool(std::string_view bytes)>;

/// An extended regular expression, as grep -E has them.
class line_pattern {
public:
  /// Errors: `invalid_argument`, saying what is wrong with it.
  static protocol::result<line_pattern> compile(const std::string& text);

  [[nodiscard]] bool matches(std::string_view line) const;

private:
  std::shared_ptr<const regex_t> compiled_;
};

/// Which lines of a log are shown.
struct line_wishes {
  /// Those written since then: a line that begins with a time says when it was
  /// written, any other goes with the one before it.
  std::optional<protocol::wall_time> since{};
  std::optional<line_pattern> pattern{};
  /// Of what is there when it begins, only so many of the others, the last.
  std::optional<uint64_t> last{};
};

/// Cuts the bytes of a log into lines and hands on those that are wanted.
class line_filter {
public:
  explicit line_filter(line_wishes wishes) : wishes_(std::move(wishes)) {}

  /// Hands on whole lines alone; half a line waits for its end.
  bool take(std::string_view bytes, const log_sink& sink);
  /// All that was there has been taken: from now on nothing is held back for
  /// being too old.
  bool caught_up(const log_sink& sink);
  /// There is no more: what is half a line is one.
  bool finish(const log_sink& sink);

private:
  bool one_line(std::string line, const log_sink& sink);

  line_wishes wishes_;
  std::string rest_;
  bool recent_ = true;
  bool caught_up_ = false;
  std::deque<std::string> held_;
};

} // namespace hiisi::cli
