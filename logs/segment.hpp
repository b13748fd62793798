#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hiisi::logs {

/// A finished part of a log, compressed, in a file beside the live one, named
/// "<log>.<number>.<begin>-<next>.zst". The log is its segments in the order of
/// their numbers, joined by bytes, and then the live file from `next` of the
/// last one on.
struct segment {
  /// Counts a log's segments, from 1.
  uint64_t number = 0;
  /// Where its bytes began in the live file.
  uint64_t begin = 0;
  /// Where the log goes on in the live file: behind these bytes, which become a
  /// hole there, so that no offset changes. 0 where the file system makes no
  /// holes and the live file was truncated instead.
  uint64_t next = 0;

  friend bool operator==(const segment&, const segment&) = default;
};

/// What is being written to become a segment, and what has been written whole
/// while the live file may not have been truncated yet.
inline constexpr std::string_view unfinished_suffix = ".part";
inline constexpr std::string_view truncating_suffix = ".cut";

/// The name of the file of a segment of `log`, a file name.
[[nodiscard]] std::string file_name(std::string_view log, const segment& what);

/// The segment of `log` whose file is called so; nothing for other files.
[[nodiscard]] std::optional<segment> segment_of(std::string_view log,
                                                std::string_view file);

} // namespace hiisi::logs
