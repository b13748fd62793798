#pragma once

#include "actors/core/child_slot.hpp"
#include "actors/core/process_machine.hpp"
#include "actors/messages/common.hpp"
#include "actors/os/keeper_client.hpp"
#include "actors/os/user_db.hpp"
#include "protocol/keeper_wire.hpp"
#include "protocol/result.hpp"

#include <cstdint>
#include <optional>
#include <string>

// What the process_actor takes.

namespace hiisi::actors {

enum class operation_kind : uint8_t { start, stop, restart, remove, suspend };

/// From its supervisor: do this after whatever was asked before.
struct operate {
  uint64_t operation = 0;
  operation_kind kind = operation_kind::start;
  /// Who asked for it; null for the supervisor's own.
  requester_ptr by = nullptr;
};
/// From its supervisor: the owner as the name services know it now; null when
/// there is no such user any more.
struct owner_known {
  identity_ptr owner;
};
using core::child_news;

/// From the keeper_link.
struct keeper_news {
  child_news what = child_news::spawned;
  keeper_wire::message slot;
  leaves_ptr leaves{};
};
/// From the keeper_link: it could not even ask the keeper to fork `run`.
struct spawn_impossible {
  uint32_t run = 0;
  std::string reason;
};
/// From the keeper_link, after `watch_child` and after each reconnection: what
/// the keeper holds of this process, if anything.
struct reconcile {
  std::optional<keeper_wire::message> slot;
  uint32_t id = 0;
  /// What the keeper stores for it.
  os::sockets_ptr sockets{};
  leaves_ptr leaves{};
};
/// From the port_registry: nobody else listens on its ports, or who does.
struct ports_looked_at {
  uint32_t run = 0;
  protocol::result<void> outcome;
};
/// From the record_store.
struct record_stored {
  core::save_purpose purpose = core::save_purpose::note;
  uint32_t run = 0;
  protocol::result<void> outcome;
};
/// From the record_store.
struct live_stored {
  uint32_t run = 0;
};
/// From the record_store: nothing of the process is on disk any more.
struct record_removed {
  protocol::result<void> outcome;
};
/// INTERNAL: the machine's timer.
struct timer_due {
  uint64_t epoch = 0;
};

} // namespace hiisi::actors
