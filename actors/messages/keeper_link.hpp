#pragma once

#include "actors/os/keeper_client.hpp"
#include "actors/os/launch_block.hpp"
#include "protocol/keeper_wire.hpp"

#include <caf/actor.hpp>

#include <cstdint>
#include <memory>
#include <optional>

// What the keeper_link takes.

namespace hiisi::actors {

/// From a process_actor: news of `id` go to `watcher` from now on, and a
/// `reconcile` after each reconnection. Where `recovered`, one follows as soon
/// as the keeper has said what it holds. A keeper that does not know it takes
/// it over as it is `known`, in a `slot` of its.
struct watch_child {
  uint32_t id = 0;
  caf::actor watcher;
  bool recovered = false;
  std::optional<keeper_wire::message> known{};
};
struct unwatch_child {
  uint32_t id = 0;
};
/// From a process_actor: fork it. The watcher is told what came of it.
struct spawn_child {
  uint32_t id = 0;
  uint32_t run = 0;
  std::shared_ptr<const os::launch_spec> launch;
  caf::actor watcher;
};
/// From a process_actor: signal, kill or acknowledge.
struct command_child {
  keeper_wire::message what;
};
/// From a process_actor: open the gate of `id`/`run`.
struct release_child {
  uint32_t id = 0;
  uint32_t run = 0;
};
/// From a process_actor: hold these for it, over its restarts and ours; each
/// child of its gets them. Null lets go of them.
struct hold_sockets {
  uint32_t id = 0;
  os::sockets_ptr sockets;
};
/// From the link's thread: one packet has come in, with descriptors or none.
struct keeper_said {
  uint64_t connection = 0;
  keeper_wire::message what;
  os::sockets_ptr attached{};
};
/// From the link's thread: the connection is gone.
struct keeper_lost {
  uint64_t connection = 0;
};
/// INTERNAL: try to connect again.
struct reconnect {};
/// INTERNAL: have the keeper forget some more of what has ended.
struct acknowledge_some {};
/// INTERNAL: see whether starts take too long.
struct check_starts {};
/// INTERNAL: whoever is to watch over what the keeper holds does so by now.
struct check_unclaimed {
  uint64_t connection = 0;
};

} // namespace hiisi::actors
