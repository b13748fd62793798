#pragma once

#include "actors/core/port_history.hpp"
#include "actors/core/port_policy.hpp"
#include "actors/core/port_reading.hpp"
#include "actors/core/port_table.hpp"
#include "protocol/response.hpp"

#include <string>
#include <vector>

namespace hiisi::core {

/// Whether a uid is still the user that has the port: nobody inherits ports
/// with a uid that was given out again. The name says it, or, for one who was
/// renamed, the home directory.
[[nodiscard]] bool same_owner(const port_allocation& what, uint32_t uid,
                              std::string_view name, std::string_view home);

/// Whether its owner is no user of the host any more, as far as is known.
[[nodiscard]] bool is_orphaned(const port_allocation& what,
                               const port_reading& reading);

/// Who uses an allocation just now. Its owner is at home on it by either
/// protocol; of others only a socket of the allocation's own protocol is in the
/// way, since the kernel hands out UDP ports to clients for a while.
struct port_state {
  protocol::port_use use = protocol::port_use::idle;
  /// Anybody's socket, by either protocol.
  bool active = false;
  std::vector<port_sighting> own;
  std::vector<port_sighting> others;
};

[[nodiscard]] port_state state_of(const port_allocation& what,
                                  const port_reading& reading);

/// What is to become of an allocation that nobody uses.
struct port_fate {
  /// It has been idle for long enough to be shown as unused, though a process
  /// that is defined with it keeps it from being collected.
  bool unused = false;
  /// It may be collected.
  bool due = false;
  /// For people: "idle for 31 days", "process 4 (web) is defined with it".
  std::string why;
};

[[nodiscard]] port_fate fate_of(const port_allocation& what,
                                const port_reading& reading,
                                const port_history& history,
                                const port_policy& policy,
                                protocol::wall_time now);

/// The allocation as a lookup shows it.
[[nodiscard]] protocol::port_entry show_port(const port_allocation& what,
                                             const port_reading& reading,
                                             const port_history& history,
                                             const port_policy& policy,
                                             protocol::wall_time now);

/// Listeners on ports that nobody has allocated: one entry for each port, user
/// and protocol. UDP sockets that hold a port of `ephemeral` are clients, most
/// likely, and are left out.
[[nodiscard]] std::vector<protocol::port_entry>
unregistered(const port_table& table, const port_reading& reading,
             const port_set& ephemeral);

/// ", who listens on it (process 4, web)", ", idle since 2026-11-02", or ", and
/// carol listens on it": for whoever wants that port.
[[nodiscard]] std::string describe_use(const port_allocation& what,
                                       const port_reading& reading,
                                       const port_history& history);

/// "process 4 (web)", or the user's name.
[[nodiscard]] std::string describe_holder(const port_sighting& who,
                                          const port_reading& reading);

} // namespace hiisi::core
