#pragma once

#include "actors/messages.hpp"

#include <caf/fwd.hpp>

#include <string>

namespace hiisi::actors {

/// Spawns the actor that has hiisi-logger, at `program`, started for each start
/// of a process whose output is stamped or comes from a terminal. It sees the
/// loggers' starts and ends and nothing else: what a logger copies never comes
/// near the daemon.
caf::actor spawn_logger_runner(caf::actor_system& system, caf::actor keeper,
                               std::string program);

} // namespace hiisi::actors
