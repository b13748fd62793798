#pragma once

#include "actors/core/doctor.hpp"
#include "actors/messages.hpp"

#include <caf/fwd.hpp>

#include <functional>
#include <string>
#include <vector>

namespace hiisi::actors {

/// Whom the inspector asks.
struct inspector_neighbours {
  caf::actor broker;
  caf::actor keeper;
  caf::actor ports;
  caf::actor directory;
  /// Compares what the port registry has in memory, its answer to a
  /// port_lookup_request, with its file and the kernel: a JSON object. Called
  /// on the inspector's thread.
  std::function<std::string(const protocol::payload& memory)> compare_registry;
  /// What there is to find for `hiisi doctor`, given how the keeper is. Called
  /// on the inspector's thread, as it looks at disks.
  std::function<std::vector<protocol::finding>(core::keeper_facts keeper)>
      examine{};
};

/// Spawns the actor behind `hiisi debug` and `hiisi doctor`: it asks actors to
/// show themselves and puts the answers together. Those that are too busy to
/// answer within a few hundredths of a second are shown by their counters
/// alone. It has a thread of its own, so that it answers while the others are
/// at work; while nobody looks it does nothing, and nothing is done for it.
caf::actor spawn_inspector(caf::actor_system& system,
                           inspector_neighbours neighbours,
                           bool detached = true);

} // namespace hiisi::actors
