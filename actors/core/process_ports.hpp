#pragma once

#include "actors/core/process_record.hpp"
#include "protocol/response.hpp"
#include "protocol/result.hpp"

#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hiisi::core {

/// The variable that holds the number of the port with this label: "PORT_" and
/// the label in capitals, with '_' for what no variable's name may hold, such
/// as PORT_WEB_1 for "web-1".
[[nodiscard]] std::string port_variable(std::string_view label);

/// What a process's environment gets of its ports: PORT, the number of the
/// first, and port_variable() for each that has a label. Empty without ports.
[[nodiscard]] environment
port_variables(std::span<const protocol::process_port> ports);

/// The value of LISTEN_FDNAMES for the sockets held on these ports: of each its
/// label, or its number where it has none, with colons between.
[[nodiscard]] std::string
socket_names(std::span<const protocol::process_port> ports);

/// Refuses what could not be, before ports are had: wishes that contradict each
/// other (one label or one variable for two ports, or one port given twice for
/// the same protocol), and a command with labels that are not wished for
/// (`invalid_argument`).
protocol::result<void> check_wishes(std::span<const protocol::port_wish> wishes,
                                    const std::vector<std::string>& argv);

/// The command with numbers in the place of "{port}" (the first port's) and
/// "{port:LABEL}", wherever in a word they stand. Without ports it is returned
/// as it is. Errors: `invalid_argument` for a label that no port has.
protocol::result<std::vector<std::string>>
fill_in_ports(std::vector<std::string> argv,
              std::span<const protocol::process_port> ports);

/// Which ports of a process that is no more are its owner's no longer. With
/// `free_ports` false there are none; with true, all; without, those that
/// nobody has named. What `others` of the owner's use, too, stays in any case.
[[nodiscard]] std::vector<uint16_t>
ports_to_free(std::span<const protocol::process_port> ports,
              std::optional<bool> free_ports, const std::set<uint16_t>& others);

} // namespace hiisi::core
