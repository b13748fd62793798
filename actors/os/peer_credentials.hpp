#pragma once

#include "protocol/result.hpp"

#include <cstdint>

namespace hiisi::os {

/// Who is at the other end of a connection, in the words of the kernel.
struct credentials {
  /// The process that connected; 0 where it lives in a pid namespace that
  /// cannot be seen from ours. It may be gone, and its number another's.
  int32_t pid = 0;
  uint32_t uid = 0;
  uint32_t gid = 0;
};

/// The peer of a connected Unix socket, by SO_PEERCRED: what it was when it
/// connected, whatever it became since. A uid that our user namespace does not
/// know, which the kernel shows as -1 or as the overflow uid (65534, "nobody"),
/// says nothing of who the peer is and is refused. Errors: `not_permitted`,
/// `internal` (no such socket).
protocol::result<credentials> peer_credentials(int socket);

} // namespace hiisi::os
