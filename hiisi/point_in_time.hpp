#pragma once

#include "protocol/exit_info.hpp"
#include "protocol/result.hpp"

#include <optional>
#include <string_view>

namespace hiisi::cli {

/// The time that `--since` means: so long before `now` ("30s", "10m", "2h",
/// "3d"), or a time in the caller's time zone ("2026-11-25", "2026-11-25
/// 03:12", with seconds, with a "T" between), or RFC 3339 with a zone of its
/// own. Errors: `invalid_argument`.
protocol::result<protocol::wall_time> parse_since(std::string_view word,
                                                  protocol::wall_time now);

/// The time that a line of a log begins with, in brackets or not: RFC 3339, or
/// "2026-11-25 03:12:04" in the caller's time zone, as many programs write it.
[[nodiscard]] std::optional<protocol::wall_time>
time_of_line(std::string_view line);

} // namespace hiisi::cli
