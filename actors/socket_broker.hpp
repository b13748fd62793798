#pragma once

#include "actors/core/usage_limits.hpp"
#include "actors/messages.hpp"
#include "actors/session.hpp"

#include <caf/io/doorman.hpp>

#include <cstdint>
#include <functional>

namespace hiisi::actors {

/// How the broker learns who is at the other end of a connection: as the kernel
/// has it, or nothing for a peer that is not to be served.
using peer_lookup
    = std::function<std::optional<os::credentials>(int descriptor)>;

struct broker_setup {
  core::connection_settings limits;
  /// Who has others; null where nobody has.
  limit_policy_ptr policy = nullptr;
  /// With this many connections no further ones are accepted: they wait in
  /// the kernel's backlog until others have ended.
  size_t connections = 1024;
  daemon_facts facts;
  peer_lookup peer;
  /// `broker` is filled in for each session.
  session_neighbours neighbours;
  /// Closes a connection at once, whatever is still to be sent. CAF's own
  /// close waits for the client to take it (measured: for ever).
  std::function<void(int descriptor)> cut;
};

/// Makes the doorman inside the broker, where its multiplexer is known.
using doorman_maker
    = std::function<caf::io::doorman_ptr(caf::io::network::multiplexer&)>;

/// Spawns the actor at the Unix socket: it cuts what comes in into frames for
/// a session per connection, writes what the sessions send, and holds each
/// user to their share of connections and bytes. It decodes nothing, never
/// blocks, and never touches a disk.
caf::actor spawn_socket_broker(caf::actor_system& system, doorman_maker doorman,
                               broker_setup setup);

} // namespace hiisi::actors
