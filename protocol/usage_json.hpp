#pragma once

#include "protocol/process_usage.hpp"

namespace hiisi::protocol {

class json_cursor;
class json_writer;

/// What a process uses, as an object, on the wire and in `hiisi --json`. Times
/// are in nanoseconds, sizes in bytes; what is not known has no key.
void write_usage(json_writer& out, const process_usage& usage);

/// The way back; an error is noted by the cursor.
[[nodiscard]] process_usage usage_at(const json_cursor& at);

} // namespace hiisi::protocol
