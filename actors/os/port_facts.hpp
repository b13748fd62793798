#pragma once

#include "actors/core/port_allocator.hpp"
#include "protocol/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hiisi::os {

/// The ports that the kernel gives to outgoing connections, from
/// ip_local_port_range; a server there may find its port in use at any start.
/// Errors: `unavailable`.
protocol::result<core::port_range> ephemeral_ports();

/// What the administrator has kept out of that range for servers, from
/// ip_local_reserved_ports. Errors: `unavailable`.
protocol::result<std::vector<core::port_range>> reserved_ports();

/// The ports that have a name in /etc/services: programs that are installed
/// later may expect to find theirs free. Errors: `unavailable` (no such file,
/// or it cannot be read). `path` for tests.
protocol::result<std::vector<uint16_t>> service_ports(const std::string& path
                                                      = "/etc/services");

/// Reads "8080,9148-9150", the form of ip_local_reserved_ports(5). Errors:
/// `invalid_argument`.
protocol::result<std::vector<core::port_range>>
parse_port_ranges(std::string_view text);

} // namespace hiisi::os
