#include "actors/core/log_rotation.hpp"

#include <charconv>

namespace hiisi::core {

namespace {

/// No run of hiisi-rotate does more; a user's own program that leaves a report
/// in its place shall not make counters of the whole host jump by any number.
constexpr uint64_t most_counted = 1'000'000;
constexpr uint64_t most_bytes = uint64_t{1} << 40;

/// Takes " NAME=NUMBER" off the front.
bool take(std::string_view& text, std::string_view name, uint64_t& out) {
  if (!text.starts_with(name))
    return false;
  text.remove_prefix(name.size());
  const auto [end, problem]
      = std::from_chars(text.data(), text.data() + text.size(), out);
  if (problem != std::errc{})
    return false;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return true;
}

} // namespace

rotation_plan plan_rotation(const log_limits& limits,
                            uint64_t waiting) noexcept {
  if (limits.bytes == 0)
    return {};
  const auto full = waiting / limits.bytes;
  if (full <= limits.keep)
    return {0, full};
  return {(full - limits.keep) * limits.bytes, limits.keep};
}

size_t surplus_segments(const log_limits& limits, size_t there) noexcept {
  return limits.bytes == 0 || there <= limits.keep ? 0 : there - limits.keep;
}

std::string write_report(const rotation_report& report) {
  return "grew=" + std::to_string(report.grew ? 1 : 0)
         + " segments=" + std::to_string(report.segments)
         + " bytes=" + std::to_string(report.bytes)
         + " failures=" + std::to_string(report.failures) + "\n";
}

std::optional<rotation_report> read_report(std::string_view text) {
  rotation_report out;
  uint64_t grew = 0;
  if (!take(text, "grew=", grew) || !take(text, " segments=", out.segments)
      || !take(text, " bytes=", out.bytes)
      || !take(text, " failures=", out.failures) || !text.starts_with('\n'))
    return std::nullopt;
  if (out.segments > most_counted || out.failures > most_counted
      || out.bytes > most_bytes)
    return std::nullopt;
  out.grew = grew != 0;
  return out;
}

} // namespace hiisi::core
