#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hiisi::core {

/// How much is kept of one stream of a process.
struct log_limits {
  /// The size of a segment: the live file is cut once it has so much; 0 for
  /// never.
  uint64_t bytes = uint64_t{10} * 1024 * 1024;
  /// How many segments are kept beside the live file.
  uint32_t keep = 5;

  friend bool operator==(const log_limits&, const log_limits&) = default;
};

/// What a process, a rule or a file says of its logs; the rest is as elsewhere.
struct log_wishes {
  std::optional<uint64_t> bytes;
  std::optional<uint32_t> keep;

  friend auto operator<=>(const log_wishes&, const log_wishes&) = default;
};

/// What is due of one live file.
struct rotation_plan {
  /// Bytes that are dropped at once, since they would be too old as soon as
  /// what follows them has become segments.
  uint64_t skip = 0;
  /// How many segments are to be made of what follows.
  uint64_t segments = 0;

  friend bool operator==(const rotation_plan&, const rotation_plan&) = default;
};

/// What is due where `waiting` bytes are in no segment yet.
[[nodiscard]] rotation_plan plan_rotation(const log_limits& limits,
                                          uint64_t waiting) noexcept;

/// How many of a log's segments go, the oldest ones, where there are `there`.
/// None where nothing is rotated: they are not ours to judge then.
[[nodiscard]] size_t surplus_segments(const log_limits& limits,
                                      size_t there) noexcept;

/// What one run of hiisi-rotate has found and done, as it tells the daemon. It
/// runs as the user, so whatever it says is only believed of that user's logs.
struct rotation_report {
  /// A log was written to within the last seconds.
  bool grew = false;
  /// Segments made, and the bytes in them before they were compressed.
  uint64_t segments = 0;
  uint64_t bytes = 0;
  /// Logs that could not be looked at or rotated.
  uint64_t failures = 0;

  friend bool operator==(const rotation_report&, const rotation_report&)
      = default;
};

/// How long the text of a report may be.
inline constexpr size_t report_bytes = 256;

[[nodiscard]] std::string write_report(const rotation_report& report);
/// Nothing where the text is no report, since hiisi-rotate was killed or could
/// not be told where to leave one, and where it tells of more than can be.
[[nodiscard]] std::optional<rotation_report> read_report(std::string_view text);

} // namespace hiisi::core
