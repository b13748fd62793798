#pragma once

#include "hiisi/terminal.hpp"
#include "protocol/json_value.hpp"

#include <string>

namespace hiisi::cli {

/// A report of `debug` as text, whatever its members: a line for each that is
/// a single value, a table for each list of objects. In a table whose rows have
/// a "depth" the names are indented by it. A text of several lines stands as it
/// is, apart.
[[nodiscard]] std::string render_report(const protocol::json_value& report,
                                        const layout& how);

/// One message of a trace on a line: "03:12:05.123456  session 14 ->
/// user_supervisor 9  submission  12 us".
[[nodiscard]] std::string render_traced(const protocol::json_value& message);

/// A member of an object, or null where there is none.
[[nodiscard]] const protocol::json_value*
member_of(const protocol::json_value& object, std::string_view key);

} // namespace hiisi::cli
