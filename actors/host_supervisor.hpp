#pragma once

#include "actors/core/record_storage.hpp"
#include "actors/messages.hpp"
#include "actors/user_supervisor.hpp"

#include <caf/fwd.hpp>

namespace hiisi::actors {

/// Everybody the host_supervisor speaks to.
struct host_neighbours {
  caf::actor keeper;
  caf::actor store;
  caf::actor directory;
  /// Is told what happens; null for nobody.
  caf::actor events = nullptr;
  /// The port_registry; null where no process has ports.
  caf::actor ports = nullptr;
  /// For the process_actors.
  core::live_writer write_live = nullptr;
  /// The log_rotator, for the user_supervisors; null for none.
  caf::actor logs = nullptr;
  /// The logger_runner, for the process_actors; null for none.
  caf::actor loggers = nullptr;
};

/// Spawns the actor that knows all users' supervisors: it gives out ids, finds
/// the supervisor that a request concerns, gathers host-wide lists, and
/// rebuilds a supervisor that fails. It never works on a request itself, so
/// that none waits behind another's.
caf::actor spawn_host_supervisor(caf::actor_system& system,
                                 host_neighbours neighbours,
                                 supervisor_settings settings);

} // namespace hiisi::actors
