#pragma once

#include "protocol/request.hpp"
#include "protocol/response.hpp"

namespace hiisi::protocol {

class json_cursor;
class json_writer;

// The JSON of `doctor`. Part of the codec, in a file of its own; codec.hpp has
// what everybody else calls.

void write_command(json_writer& out, const doctor_request& what);

/// Reads the arguments of a command; mistakes go into the cursor.
[[nodiscard]] command doctor_command(const json_cursor& at);

/// One finding as an object, as `hiisi --json doctor` prints it, too.
void write_finding(json_writer& out, const finding& what);

/// Writes `{"Ok":` and the data, without the brace that ends the response.
void write_answer(json_writer& out, const doctor_report& what);

/// Reads the data of an answer; mistakes go into the cursor.
[[nodiscard]] payload read_findings(const json_cursor& data);

} // namespace hiisi::protocol
