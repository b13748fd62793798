#pragma once

#include "protocol/response.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace hiisi::protocol {

/// The length of what format_rfc3339 writes (bytes).
inline constexpr size_t rfc3339_bytes = 30;

/// A point in time in UTC with nine decimals, as the first Hiisi writes it:
/// "2024-11-30T18:41:08.123456789Z" (RFC 3339, section 5.6).
[[nodiscard]] std::string format_rfc3339(wall_time when);

/// The same, written to `out`, which has room for rfc3339_bytes; no NUL is
/// added.
void write_rfc3339(char* out, wall_time when) noexcept;

/// Reads any RFC 3339 time: with or without decimals (more than nine are cut
/// off), with "Z" or an offset. Empty for anything else, and for what lies
/// outside the range of wall_time (the years 1677 to 2262).
[[nodiscard]] std::optional<wall_time>
parse_rfc3339(std::string_view text) noexcept;

} // namespace hiisi::protocol
