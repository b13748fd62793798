#pragma once

#include "actors/messages.hpp"

#include <caf/fwd.hpp>

#include <functional>
#include <string>

namespace hiisi::actors {

/// How the user_directory asks the host's user database.
struct user_source {
  std::function<protocol::result<os::identity>(uint32_t uid)> by_uid;
  std::function<protocol::result<os::identity>(const std::string& name)>
      by_name;
};

/// Spawns the actor that asks the host's user database, which may block for
/// as long as a directory server takes; so it has a thread of its own where
/// `detached`. Answers are remembered for a few seconds, as a user's commands
/// come in bursts; what is wrong is asked anew each time.
caf::actor spawn_user_directory(caf::actor_system& system, user_source source,
                                bool detached = true);

} // namespace hiisi::actors
