#pragma once

#include <span>

namespace hiisi::logger {

/// Becomes `command`, its output going to a logger by pipes or, with
/// `with_terminal`, by a terminal of its own. The socket to the logger is the
/// last of the descriptors that LISTEN_FDS counts; the program sees one fewer.
/// Without a logger it becomes the program all the same, which then writes
/// straight to its logs, and says so there. Returns, with the status to end
/// with, only where there is no such program.
[[nodiscard]] int become_program(std::span<char*> command, bool with_terminal);

} // namespace hiisi::logger
