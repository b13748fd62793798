#pragma once

#include "actors/core/tallies.hpp"
#include "actors/messages.hpp"
#include "actors/os/peer_credentials.hpp"

#include <caf/fwd.hpp>

#include <cstdint>
#include <string>

namespace hiisi::actors {

/// Everybody a session speaks to.
struct session_neighbours {
  caf::actor broker;
  caf::actor host;
  caf::actor ports;
  caf::actor directory;
  /// The event_log.
  caf::actor events = nullptr;
  /// The hook_runner.
  caf::actor hooks = nullptr;
  /// Adds what processes use to an answer; null where nobody can.
  caf::actor metrics = nullptr;
  core::tallies_ptr tallies = std::make_shared<core::tallies>();
  caf::actor inspector = nullptr;
  /// The quota_clerk.
  caf::actor quotas = nullptr;
  /// The request_decoder; where it is null, requests are decoded at once.
  caf::actor decoder = nullptr;
};

/// Facts about this daemon that a session answers with by itself.
struct daemon_facts {
  std::string version;
  int32_t pid = 0;
  uint32_t uid = 0;
  /// Serves every user of the host. Otherwise it is `uid`'s own daemon, and
  /// everybody who can connect acts as that user.
  bool system = false;
};

/// Spawns the actor that speaks with one client: it decodes requests, finds
/// out who the caller is, sends each request to whoever can answer it, and
/// puts the answers back into the order of the requests. Requests are worked
/// on all at once; one that only looks (status, logs, port lookup) waits for
/// the answers of those before it that change something.
caf::actor spawn_session(caf::local_actor& parent,
                         session_neighbours neighbours, daemon_facts facts,
                         uint64_t connection, os::credentials peer);

} // namespace hiisi::actors
