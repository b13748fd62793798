#include "hiisi/point_in_time.hpp"

#include "hiisi/text.hpp"
#include "protocol/rfc3339.hpp"

#include <charconv>
#include <ctime>
#include <optional>
#include <string>

namespace hiisi::cli {

namespace {

using protocol::wall_time;

/// "10m": a whole number and a letter.
std::optional<std::chrono::seconds> parse_ago(std::string_view word) {
  if (word.size() < 2)
    return std::nullopt;
  int64_t unit = 0;
  switch (word.back()) {
  case 's':
    unit = 1;
    break;
  case 'm':
    unit = 60;
    break;
  case 'h':
    unit = 60 * 60;
    break;
  case 'd':
    unit = 24 * 60 * 60;
    break;
  default:
    return std::nullopt;
  }
  word.remove_suffix(1);
  int64_t number = 0;
  const auto read
      = std::from_chars(word.data(), word.data() + word.size(), number);
  constexpr int64_t most = int64_t{100} * 366 * 24 * 60 * 60;
  if (!all_digits(word) || read.ec != std::errc{} || number > most / unit)
    return std::nullopt;
  return std::chrono::seconds{number * unit};
}

/// A day, with or without a time of it, as the calendar of the caller's time
/// zone has it.
std::optional<wall_time> parse_local(std::string word) {
  if (word.size() > 10 && word[10] == 'T')
    word[10] = ' ';
  for (const char* format :
       {"%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"}) {
    std::tm parts{};
    const char* end = ::strptime(word.c_str(), format, &parts);
    if (end == nullptr || *end != '\0')
      continue;
    parts.tm_isdst = -1;
    const auto day = parts.tm_mday;
    const auto value = std::mktime(&parts);
    // 2026-02-30 would become the second of March.
    if (value == -1 || parts.tm_mday != day)
      return std::nullopt;
    return wall_time{std::chrono::seconds{value}};
  }
  return std::nullopt;
}

} // namespace

protocol::result<wall_time> parse_since(std::string_view word, wall_time now) {
  if (auto ago = parse_ago(word))
    return now - *ago;
  if (auto when = parse_local(std::string{word}))
    return *when;
  if (auto when = protocol::parse_rfc3339(word))
    return *when;
  return protocol::make_error(
      protocol::errc::invalid_argument,
      "--since '" + printable(word) + "' is no time",
      "write how long ago (30s, 10m, 2h, 3d) or a date: 2026-11-25, "
      "'2026-11-25 03:12'");
}

std::optional<wall_time> time_of_line(std::string_view line) {
  if (line.starts_with('['))
    line.remove_prefix(1);
  // Most lines have none, and are told by their first characters.
  constexpr size_t shortest = std::string_view{"2026-11-25 03:12:04"}.size();
  if (line.size() < shortest || line[4] != '-' || line[7] != '-')
    return std::nullopt;
  if (auto when
      = protocol::parse_rfc3339(line.substr(0, line.find_first_of(" \t]"))))
    return *when;
  return parse_local(std::string{line.substr(0, shortest)});
}

} // namespace hiisi::cli
