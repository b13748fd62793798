#pragma once

#include "actors/os/fd.hpp"
#include "protocol/response.hpp"
#include "protocol/result.hpp"

#include <cstdint>
#include <string>

namespace hiisi::os {

/// Makes a socket that holds a port at `address`, an IPv4 or IPv6 one, or empty
/// for every address of both: bound, and for TCP listening. It is close-on-exec
/// and blocking, as programs expect that understand LISTEN_FDS. Errors:
/// `conflict` (somebody has the port), `invalid_argument` (not an address),
/// `unavailable` (not one of this host's, or what else the kernel says).
[[nodiscard]] protocol::result<fd> hold_port(const protocol::process_port& port,
                                             const std::string& address);

/// Has a held TCP socket refuse connections, those that wait included, while
/// nobody else can have the port.
void refuse_connections(const fd& socket);

/// Has it take connections again, from then on. Errors: `unavailable`.
protocol::result<void> take_connections(const fd& socket);

/// The number by which the kernel lists the socket; 0 where that fails.
[[nodiscard]] uint64_t socket_inode(const fd& socket);

} // namespace hiisi::os
