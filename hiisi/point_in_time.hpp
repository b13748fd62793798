#pragma once

#include "protocol/exit_info.hpp"
#include "protocol/result.hpp"

#include <string_view>

namespace hiisi::cli {

/// The time that `--since` means: so long before `now` ("30s", "10m", "2h",
/// "3d"), or a time in the caller's time zone ("2026-11-25", "2026-11-25
/// 03:12", with seconds, with a "T" between), or RFC 3339 with a zone of its
/// own. Errors: `invalid_argument`.
protocol::result<protocol::wall_time> parse_since(std::string_view word,
                                                  protocol::wall_time now);

} // namespace hiisi::cli
