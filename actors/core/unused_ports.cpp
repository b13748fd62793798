#include "actors/core/unused_ports.hpp"

#include "actors/core/port_state.hpp"

namespace hiisi::core {

unused_ports find_unused(const port_table& table, const port_reading& reading,
                         const port_history& history, const port_policy& policy,
                         protocol::wall_time now) {
  unused_ports found;
  for (const auto& [port, what] : table.entries()) {
    // Most were in use lately, and what is to become of them is dear to say.
    const auto since = history.idle_since(what);
    if (now - since >= policy.unused_after
        && fate_of(what, reading, history, policy, now).unused)
      found.emplace(port, since);
  }
  return found;
}

void mark_unused(std::span<protocol::process_port> ports,
                 const unused_ports& unused) {
  for (auto& one : ports)
    if (auto found = unused.find(one.port); found != unused.end())
      one.unused_since = found->second;
}

} // namespace hiisi::core
