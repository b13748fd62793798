#pragma once

#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>

namespace hiisi::logger {

/// A point in time as a line begins with it: ISO 8601 with milliseconds and the
/// zone of this host or of TZ, such as "2026-11-25T03:12:05.123+01:00".
[[nodiscard]] std::string stamp_of(const timespec& time);

/// Puts the time before each line of one stream. What it is given goes out at
/// once, part of a line or not, so that nothing is kept back and nothing can be
/// lost: the rest of a line follows without a stamp.
class stamper {
public:
  /// The bytes as they are to be written; good until the next call.
  [[nodiscard]] std::string_view stamp(std::string_view bytes,
                                       const timespec& now);

  /// Whether the last line has not ended yet.
  [[nodiscard]] bool within_line() const noexcept { return within_line_; }

private:
  std::string out_;
  bool within_line_ = false;
};

} // namespace hiisi::logger
