#pragma once

#include "actors/core/process_machine.hpp"
#include "actors/core/record_storage.hpp"
#include "actors/core/start_budget.hpp"
#include "actors/messages.hpp"

#include <caf/fwd.hpp>

#include <memory>
#include <optional>
#include <string>

namespace hiisi::actors {

/// Everybody a process_actor speaks to. In tests some are fakes.
struct process_neighbours {
  caf::actor supervisor;
  caf::actor keeper;
  caf::actor store;
  /// Is told what happens; null for nobody.
  caf::actor events = nullptr;
  /// The port_registry; null where no process has ports.
  caf::actor ports = nullptr;
  /// Null where the runtime directory is on a disk: the store writes it then.
  core::live_writer write_live = nullptr;
  /// What its policy may start again; null for anything.
  std::shared_ptr<core::start_budget> starts = nullptr;
  /// Before its policy starts it again, the supervisor is asked by `identify`
  /// whether its owner is still there, and answers by `owner_known`.
  bool owner_may_leave = false;
  /// The logger_runner; null for none.
  caf::actor loggers = nullptr;
};

/// How a process_actor begins.
struct process_start {
  core::process_record record;
  core::process_settings settings;
  /// The owner; null while the name services have not answered.
  identity_ptr owner;
  /// Set for a process found on disk: the keeper is asked first what it holds
  /// of it. `live` is what tells its last incarnation, if it had one.
  bool recovered = false;
  std::optional<core::live_record> live;
  /// How often it had to be built anew after a failure.
  uint32_t rebuilds = 0;
};

/// Spawns the actor that owns one process: it feeds the state machine, owns
/// its timers, and does one operation of the owner's after the other. It
/// reports to its supervisor by `process_changed` and `operation_done`, and
/// ends once an operation `remove` has succeeded.
caf::actor spawn_process_actor(caf::local_actor& parent,
                               process_neighbours neighbours,
                               process_start start);

} // namespace hiisi::actors
