#pragma once

#include <cstdint>
#include <string>

// What the socket_broker takes.

namespace hiisi::actors {

/// From a session: bytes for the client, whole frames. `done` is how many
/// bytes of requests they settle, for the limit of bytes in flight.
struct frames_ready {
  uint64_t connection = 0;
  std::string bytes;
  size_t done = 0;
  /// The session wants an `output_taken` once the client has taken them.
  bool wants_more = false;
};
/// INTERNAL: look for clients that have stalled.
struct sweep {};

} // namespace hiisi::actors
