#pragma once

#include "actors/core/log_policy.hpp"
#include "actors/core/tallies.hpp"
#include "actors/messages.hpp"

#include <caf/fwd.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace hiisi::actors {

struct log_rotator_setup {
  caf::actor keeper;
  std::shared_ptr<const core::log_policy> policy;
  /// Where hiisi-rotate lies.
  std::string program;
  core::tallies_ptr tallies;
  /// The CPU time that a user's processes have used, one of which is `id` with
  /// the process `pid`; nothing where that cannot be told.
  std::function<std::optional<std::chrono::nanoseconds>(
      uint32_t uid, uint32_t id, int32_t pid)>
      cpu;
  /// Something that an administrator should read.
  std::function<void(std::string_view)> warn;
};

/// Spawns the actor that has users' logs looked at, and rotated where that is
/// due, by hiisi-rotate, which the keeper starts as the user: the daemon has no
/// rights to their files. One run looks at all logs of a user. It sleeps while
/// nothing runs, and looks in rounds (core/log_rounds.hpp); where the CPU time
/// of a user's processes has hardly changed since the last look, nobody can
/// have written much, and none is started.
caf::actor spawn_log_rotator(caf::actor_system& system,
                             log_rotator_setup setup);

} // namespace hiisi::actors
