#include "logs/segment.hpp"

#include <charconv>
#include <cinttypes>
#include <cstdio>

namespace hiisi::logs {

namespace {

constexpr std::string_view extension = ".zst";

/// Takes a number and the character behind it off the front.
bool take_number(std::string_view& from, uint64_t& out, char behind) {
  const auto [end, problem]
      = std::from_chars(from.data(), from.data() + from.size(), out);
  const auto length = static_cast<size_t>(end - from.data());
  if (problem != std::errc{} || length == from.size() || *end != behind)
    return false;
  from.remove_prefix(length + 1);
  return true;
}

} // namespace

std::string file_name(std::string_view log, const segment& what) {
  // Zeroes in front, so that listings and shells' patterns are in order.
  char numbers[80];
  std::snprintf(numbers, sizeof numbers, ".%06" PRIu64 ".%" PRIu64 "-%" PRIu64,
                what.number, what.begin, what.next);
  return std::string{log} + numbers + std::string{extension};
}

std::optional<segment> segment_of(std::string_view log, std::string_view file) {
  segment found;
  auto rest = file;
  if (!rest.starts_with(log) || !rest.ends_with(extension))
    return std::nullopt;
  rest.remove_prefix(log.size());
  if (!rest.starts_with('.'))
    return std::nullopt;
  rest.remove_prefix(1);
  if (!take_number(rest, found.number, '.')
      || !take_number(rest, found.begin, '-')
      || !take_number(rest, found.next, '.') || rest != extension.substr(1)
      || found.number == 0 || (found.next != 0 && found.next <= found.begin))
    return std::nullopt;
  return found;
}

} // namespace hiisi::logs
