#pragma once

#include "hiisi/process_details.hpp"
#include "hiisi/render_table.hpp"
#include "protocol/response.hpp"

#include <span>
#include <string>

namespace hiisi::cli {

/// Whether the process has a living program just now; `status ID` ends with 3
/// where not.
[[nodiscard]] bool is_up(protocol::process_state state) noexcept;

/// How a process ended: "exited (3)", "killed by SIGSEGV (core dumped)",
/// "exited (status unknown)".
[[nodiscard]] std::string describe_exit(const protocol::exit_info& how);

/// The state as a user reads it in a table: "running", "exited (0)", "restart
/// in 4 s", "failed".
[[nodiscard]] std::string short_state(const protocol::status_entry& entry);

/// The same with the reason's first line: "failed: no such file".
[[nodiscard]] std::string describe_state(const protocol::status_entry& entry);

/// The processes as a table; with a column for the owner if `with_users`.
[[nodiscard]] std::string
render_status_table(std::span<const protocol::status_entry> entries,
                    bool with_users, const layout& how);

/// All that is known of one process, a line for each thing; "-" stands for what
/// is only for its owner to know.
[[nodiscard]] std::string
render_status_block(const protocol::status_entry& entry,
                    const process_details& details, const layout& how);

} // namespace hiisi::cli
