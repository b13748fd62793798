#pragma once

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include <functional>
#include <string>
#include <vector>

namespace hiisi::actors {

/// An actor that the daemon cannot do without, and what to call it.
struct essential {
  std::string name;
  caf::actor actor;
};

/// Spawns an actor that calls `on_failure` with the name of the first of them
/// that ends. All state is on disk or with the keeper, so a daemon that starts
/// anew is better than one that lives on in part.
caf::actor
spawn_essentials_guard(caf::actor_system& system,
                       std::vector<essential> essentials,
                       std::function<void(const std::string& name)> on_failure);

} // namespace hiisi::actors
