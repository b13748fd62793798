#pragma once

#include "protocol/exit_info.hpp"
#include "protocol/json_cursor.hpp"
#include "protocol/json_writer.hpp"

#include <string_view>

namespace hiisi::protocol {

// What messages of several kinds have in common. Mistakes in what is read go
// into the cursor.

/// RFC 3339 as a JSON string, and back.
void write_time(json_writer& out, wall_time when);
[[nodiscard]] wall_time read_time(const json_cursor& at);

/// The member of that name; one that is not there is false.
[[nodiscard]] bool read_flag(const json_cursor& at, std::string_view name);

/// How a process ended, but for when. A kind that only a newer daemon knows
/// stays unknown.
[[nodiscard]] exit_info read_exit(const json_cursor& at);

} // namespace hiisi::protocol
