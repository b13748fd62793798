#pragma once

#include "hiisi/render_table.hpp"
#include "protocol/event.hpp"

#include <string>
#include <string_view>

namespace hiisi::cli {

/// One event on one line, with a newline: local time, kind, whose process, and
/// what is to be said of it. Whose is left out for processes of `reader`'s.
[[nodiscard]] std::string render_event(const protocol::event& what,
                                       std::string_view reader,
                                       const layout& how);

/// The part behind the process: "exited (7), CPU 1.00 s, memory 64.0 MiB".
[[nodiscard]] std::string describe_event(const protocol::event& what);

} // namespace hiisi::cli
