#pragma once

#include "actors/core/process_machine.hpp"
#include "actors/os/keeper_client.hpp"
#include "actors/os/launch_block.hpp"

#include <caf/actor.hpp>

#include <cstdint>
#include <memory>

// What the logger_runner takes.

namespace hiisi::actors {

/// From a process_actor that is about to spawn `run`, whose output goes through
/// a logger: have one started. Answered by `logger_ready`.
struct start_logger {
  uint32_t run = 0;
  std::shared_ptr<const core::process_spec> spec;
  std::shared_ptr<const os::launch_spec> launch;
  /// What the keeper holds for the process; may be null.
  os::sockets_ptr sockets;
  caf::actor asker;
};
struct logger_ready {
  uint32_t run = 0;
  /// The same with the process's end of the channel behind them; null where
  /// there is no logger to be had.
  os::sockets_ptr sockets;
  /// What to spawn with them.
  std::shared_ptr<const os::launch_spec> launch;
};

} // namespace hiisi::actors
