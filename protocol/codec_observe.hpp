#pragma once

#include "protocol/request.hpp"
#include "protocol/response.hpp"

namespace hiisi::protocol {

class json_cursor;
class json_writer;

// The JSON of what looks at the daemon: events, hooks and debug. Part of the
// codec, in files of its own; codec.hpp has what everybody else calls.

void write_command(json_writer& out, const events_request& what);
void write_command(json_writer& out, const hook_add_request& what);
void write_command(json_writer& out, const hook_list_request& what);
void write_command(json_writer& out, const hook_remove_request& what);
void write_command(json_writer& out, const debug_request& what);

/// Reads the arguments of a command; mistakes go into the cursor.
[[nodiscard]] command events_command(const json_cursor& at);
[[nodiscard]] command hook_add_command(const json_cursor& at);
[[nodiscard]] command hook_list_command(const json_cursor& at);
[[nodiscard]] command hook_remove_command(const json_cursor& at);
[[nodiscard]] command debug_command(const json_cursor& at);

/// Writes `{"Ok":` and the data, without the brace that ends the response.
void write_answer(json_writer& out, const event_list& what);
void write_answer(json_writer& out, const hook_list& what);
void write_answer(json_writer& out, const hook_added& what);
void write_answer(json_writer& out, const hook_removed& what);
void write_answer(json_writer& out, const debug_report& what);

/// Reads the data of an answer of that kind, or nothing where the kind is
/// none of these.
[[nodiscard]] std::optional<payload> observed(std::string_view kind,
                                              const json_cursor& data);

} // namespace hiisi::protocol
