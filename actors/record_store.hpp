#pragma once

#include "actors/core/record_storage.hpp"
#include "actors/messages.hpp"

#include <caf/fwd.hpp>

#include <memory>

namespace hiisi::actors {

/// Spawns the actor that writes records of processes. It has a thread of its
/// own where `detached`, since it waits for disks; nobody else does. What
/// comes in while it writes is written together, the latest of each process
/// once, and synced to the disk in groups within 100 ms.
caf::actor spawn_record_store(caf::actor_system& system,
                              std::shared_ptr<core::record_storage> storage,
                              bool detached = true);

} // namespace hiisi::actors
