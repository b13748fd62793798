#pragma once

#include "protocol/result.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace hiisi::os {

/// A socket that holds a port: TCP listening, or UDP bound.
struct listener {
  uint16_t port = 0;
  bool udp = false;
  bool v6 = false;
  /// UDP only: it has a peer of its own, as a client's socket has.
  bool connected = false;
  /// Who made the socket.
  uint32_t uid = 0;
  uint32_t inode = 0;
  /// The cgroup v2 in which the socket was made; 0 where the kernel does not
  /// say. Equal to the inode number of the cgroup's directory.
  uint64_t cgroup_id = 0;

  friend bool operator==(const listener&, const listener&) = default;
};

/// Asks the kernel for every TCP listener and every bound UDP socket of our
/// network namespace, IPv4 and IPv6, by NETLINK_SOCK_DIAG (sock_diag(7)).
/// Needs no privilege and costs nothing per established connection. What comes
/// or goes meanwhile may be in the answer or not. `room` is how much is read at
/// once, in bytes; it grows as the kernel needs, which fills at most 32 KiB.
/// Errors: `unavailable`.
protocol::result<std::vector<listener>> list_listeners(size_t room
                                                       = size_t{64} * 1024);

} // namespace hiisi::os
