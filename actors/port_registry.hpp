#pragma once

#include "actors/core/port_allocator.hpp"
#include "actors/messages.hpp"

#include <caf/fwd.hpp>

#include <cstdint>
#include <functional>
#include <optional>
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
  /// Ports that somebody listens on (TCP) or has bound (UDP) just now.
  std::function<protocol::result<core::port_set>()> listening;
  /// Ports that a random choice is to stay away from.
  std::function<core::port_set()> avoided;
  std::function<uint32_t(const std::string& user)> uid_of;
  std::function<protocol::wall_time()> now;
  /// Something that an administrator should read.
  std::function<void(std::string_view)> warn;
};

/// Spawns the actor that owns the port registry, the only writer of its file.
/// It has a thread of its own where `detached`, since it waits for disks. A
/// change is on disk before it is acknowledged; changes that come in together
/// share one write. While the file is damaged every port request is refused
/// with the place of the damage, and the file is left as it is.
caf::actor spawn_port_registry(caf::actor_system& system, registry_world world,
                               bool detached = true);

} // namespace hiisi::actors
