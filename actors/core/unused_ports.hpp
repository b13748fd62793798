#pragma once

#include "protocol/response.hpp"

#include <cstdint>
#include <map>
#include <span>

namespace hiisi::core {

class port_history;
class port_table;
struct port_policy;
struct port_reading;

/// Allocated ports that have been idle for so long that they count as unused,
/// and since when each is idle.
using unused_ports = std::map<uint16_t, protocol::wall_time>;

/// The unused ones of `table`, as fate_of() has it.
[[nodiscard]] unused_ports find_unused(const port_table& table,
                                       const port_reading& reading,
                                       const port_history& history,
                                       const port_policy& policy,
                                       protocol::wall_time now);

/// Writes into those of a process's ports that are unused since when they are.
void mark_unused(std::span<protocol::process_port> ports,
                 const unused_ports& unused);

} // namespace hiisi::core
