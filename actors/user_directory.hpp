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

/// Spawns the actor that has the host's user database asked, which may block
/// for as long as a directory server takes: by a few others, who have threads
/// of their own where `detached`. Whoever asks waits two seconds for them, and
/// then gets what was known last, or `unavailable`. Answers are remembered for
/// a few seconds, as a user's commands come in bursts; what is wrong is asked
/// anew each time.
caf::actor spawn_user_directory(caf::actor_system& system, user_source source,
                                bool detached = true);

} // namespace hiisi::actors
