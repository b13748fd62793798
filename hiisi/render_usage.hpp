#pragma once

#include "protocol/byte_text.hpp"
#include "protocol/response.hpp"

#include <string>
#include <utility>
#include <vector>

namespace hiisi::cli {

using protocol::describe_bytes;

/// CPU time: "0.31 s", "12m 30s".
[[nodiscard]] std::string describe_cpu(std::chrono::nanoseconds time);

/// CPU time as a share of one CPU's over the process's uptime, as ps(1) counts:
/// "0.3%", "140%"; "-" where it is not known.
[[nodiscard]] std::string cpu_share(const protocol::status_entry& entry);

/// Its memory in RAM, or "-".
[[nodiscard]] std::string memory_of(const protocol::status_entry& entry);

/// What `status ID` says of use, as keys and values.
[[nodiscard]] std::vector<std::pair<std::string, std::string>>
usage_lines(const protocol::status_entry& entry);

/// Its processes, a line for each, children further in than parents.
[[nodiscard]] std::vector<std::string>
tree_lines(const protocol::process_usage& usage);

} // namespace hiisi::cli
