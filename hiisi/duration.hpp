#pragma once

#include "protocol/response.hpp"
#include "protocol/result.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace hiisi::cli {

/// How long something has lasted, in its two largest units: "3d 4h",
/// "2h 05m", "12m 30s", "42s". Negative durations count as none.
[[nodiscard]] std::string describe_duration(std::chrono::nanoseconds how_long);

/// How long something will still last, rounded up so that it never says 0
/// while there is something left: "4 s", "1 min 5 s".
[[nodiscard]] std::string describe_wait(std::chrono::nanoseconds how_long);

/// A point in time in the caller's time zone: "2024-11-30 18:41:08".
[[nodiscard]] std::string describe_time(protocol::wall_time when);

/// Reads a number of seconds with up to three decimals, such as "10" or
/// "0.5", of at most a day. Errors: `invalid_argument`, naming `option`.
protocol::result<std::chrono::milliseconds>
parse_seconds(std::string_view option, std::string_view word);

} // namespace hiisi::cli
