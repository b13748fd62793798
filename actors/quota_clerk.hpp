#pragma once

#include "actors/core/user_limits.hpp"
#include "actors/messages.hpp"

#include <caf/fwd.hpp>

#include <string>

namespace hiisi::actors {

/// Everybody the quota_clerk speaks to. The socket_broker comes later, by
/// `inspect_broker`.
struct quota_neighbours {
  caf::actor host;
  /// The port_registry.
  caf::actor ports;
  caf::actor directory;
};

/// Spawns the actor that answers quota_requests: it asks those who count and
/// limit, each for its part, and answers when all have told.
caf::actor spawn_quota_clerk(caf::actor_system& system,
                             quota_neighbours neighbours);

/// An entry of the answer; `limit` as in core::user_limits.
[[nodiscard]] inline protocol::quota_entry
quota_entry_of(std::string what, uint64_t use, uint64_t limit) {
  protocol::quota_entry entry{std::move(what), use};
  if (limit != core::no_limit)
    entry.limit = limit;
  return entry;
}

} // namespace hiisi::actors
