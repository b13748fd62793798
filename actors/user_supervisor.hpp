#pragma once

#include "actors/core/process_machine.hpp"
#include "actors/core/record_storage.hpp"
#include "actors/messages.hpp"

#include <caf/fwd.hpp>

#include <cstdint>

namespace hiisi::actors {

/// Everybody a user_supervisor speaks to.
struct supervisor_neighbours {
  caf::actor host;
  caf::actor keeper;
  caf::actor store;
  caf::actor directory;
  /// Is told what happens; null for nobody.
  caf::actor events = nullptr;
  /// The port_registry; null where no process has ports.
  caf::actor ports = nullptr;
  /// For the process_actors.
  core::live_writer write_live = nullptr;
  /// The log_rotator; null where no logs are rotated.
  caf::actor logs = nullptr;
  /// The logger_runner, for the process_actors; null for none.
  caf::actor loggers = nullptr;
};

struct supervisor_settings {
  core::process_settings process;
  /// Plain runs that have ended are listed until this many newer ones have.
  size_t finished_kept = 100;
  /// How often this user's supervisor had to be replaced after a failure.
  uint32_t rebuilds = 0;
  /// What users may have; null for anything.
  limit_policy_ptr limits = nullptr;
};

/// Spawns the actor that owns one user's processes: their names, the table
/// that answers `status` without asking anybody, and one process_actor each,
/// which it rebuilds from its record should it ever fail.
caf::actor spawn_user_supervisor(caf::local_actor& parent, uint32_t uid,
                                 supervisor_neighbours neighbours,
                                 supervisor_settings settings);

} // namespace hiisi::actors
