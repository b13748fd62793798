#pragma once

#include "hiisi/terminal.hpp"
#include "protocol/response.hpp"

#include <span>
#include <string>

/// Ports as people read them, and, in JSON, as programs do: one document on one
/// line, whose keys may be added to, never changed.
namespace hiisi::cli {

/// Allocated ports, and listeners on others, as a table. Columns in which
/// nothing would stand are left out.
[[nodiscard]] std::string
render_ports(std::span<const protocol::port_entry> entries, const layout& how);

/// "listening", "idle 3d 4h", "taken by bob", "not registered"; with "unused"
/// or "orphaned" behind where that is so.
[[nodiscard]] std::string describe_port_state(const protocol::port_entry& entry,
                                              protocol::wall_time now);

/// What is known of one port, a line for each thing.
[[nodiscard]] std::string
render_port_report(const protocol::port_report& report, const layout& how);

/// What is collected, and what is not, with the reasons.
[[nodiscard]] std::string
render_collection(const protocol::port_collection& what, const layout& how);

/// {"port":8080}, or, of several, {"port":8080,"ports":[8080,8081]}
[[nodiscard]] std::string json_port(const protocol::port_allocated& what);

/// {"ports":[8080,8081]}
[[nodiscard]] std::string json_port_numbers(std::span<const uint16_t> ports);

/// {"ports":[{"port":8080,"user":"alice","active":true,"allocated_at":"...",
/// "use":"listening","protocol":"tcp","label":null,"process":null,...}]}
[[nodiscard]] std::string
json_ports(std::span<const protocol::port_entry> entries);

/// {"port":8080,...}, an entry as above.
[[nodiscard]] std::string json_port_entry(const protocol::port_entry& entry);

/// {"port":8080,"available":false,"entries":[...],"remarks":[...],
/// "next_free":8081}
[[nodiscard]] std::string json_port_report(const protocol::port_report& report);

/// {"dry_run":true,"ports":[{"port":8080,"goes":true,"why":"...",...}]}
[[nodiscard]] std::string
json_collection(const protocol::port_collection& what);

} // namespace hiisi::cli
