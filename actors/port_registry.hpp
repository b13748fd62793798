#pragma once

#include "actors/core/audit_entry.hpp"
#include "actors/core/port_policy.hpp"
#include "actors/messages.hpp"

#include <caf/fwd.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace hiisi::actors {

/// Where the registry lives and what it asks the host.
struct registry_world {
  /// The text of the registry's file; nothing where there is none yet.
  std::function<protocol::result<std::optional<std::string>>()> load;
  /// The text of the first Hiisi's file, asked for when there is none of ours.
  std::function<protocol::result<std::optional<std::string>>()> import;
  /// Replaces the file; durable when it returns.
  std::function<protocol::result<void>(const std::string& text)> save;
  /// What errors call the file, and the first Hiisi's.
  std::string path;
  std::string import_path;
  /// The same for the times at which ports were seen in use, which need not
  /// outlive a power cut. Where they cannot be read they begin anew.
  std::function<protocol::result<std::optional<std::string>>()> load_history;
  std::function<protocol::result<void>(const std::string& text)> save_history;
  std::string history_path;
  std::function<uint32_t(const std::string& user)> uid_of;
  std::function<protocol::wall_time()> now;
  /// Something that an administrator should read.
  std::function<void(std::string_view)> warn;
  /// Takes what was done, once it is on disk.
  std::function<void(std::span<const core::audit_entry>)> audit;
  /// What holds until `port_rules` come; never null.
  std::shared_ptr<const core::port_policy> policy
      = std::make_shared<core::port_policy>();
  /// Who knows which ports are in use: a port_watcher.
  caf::actor watcher;
  /// The event_log, which is told of changes, too; may be null.
  caf::actor events;
};

/// Spawns the actor that owns the port registry, the only writer of its file.
/// It has a thread of its own where `detached`, since it waits for disks. A
/// change is on disk before it is acknowledged; changes that come in together
/// share one write, and all that come in together share one look at the
/// kernel's sockets. Everything is done in the order in which it came.
///
/// While the file is damaged every port request is refused with the place of
/// the damage, and the file is left as it is. Where it was sound when it was
/// last read, that state still answers whatever changes nothing.
///
/// While there are allocations it looks every few minutes which are in use,
/// for the sake of those that nobody uses any more; otherwise it sleeps.
caf::actor spawn_port_registry(caf::actor_system& system, registry_world world,
                               bool detached = true);

} // namespace hiisi::actors
