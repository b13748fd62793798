#pragma once

#include "protocol/response.hpp"

#include <span>
#include <string>

namespace hiisi::cli {

/// One port in a sentence: "port 8080 (web)", "UDP port 5353".
[[nodiscard]] std::string describe_port(const protocol::process_port& port);

/// " on port 8080 (web) and UDP port 5353"; empty without ports.
[[nodiscard]] std::string
on_ports(std::span<const protocol::process_port> ports);

/// The ports in a cell of a table: "8080,5353/udp (unused)", or "-".
[[nodiscard]] std::string ports_cell(const protocol::status_entry& entry);

/// The ports in a line of their own: "8080 (web) unused since 2026-11-01 09:30,
/// 5353/udp, held by Hiisi".
[[nodiscard]] std::string ports_line(const protocol::status_entry& entry);

/// What became of the ports of a process that was removed, to stand behind
/// "removed web": "; freed port 17198; port 8080 stays yours".
[[nodiscard]] std::string fate_of_ports(const protocol::process_removed& what);

} // namespace hiisi::cli
