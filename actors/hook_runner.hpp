#pragma once

#include "actors/core/hook_throttle.hpp"
#include "actors/messages.hpp"
#include "actors/os/hook_files.hpp"

#include <caf/fwd.hpp>

#include <functional>
#include <memory>
#include <string_view>

namespace hiisi::actors {

struct hook_runner_setup {
  std::shared_ptr<os::hook_files> files;
  core::hook_settings settings;
  caf::actor keeper;
  caf::actor directory;
  /// The event_log.
  caf::actor events;
  /// Whose hooks are told of what is nobody's: root's, or the only user's.
  uint32_t daemon_owner = 0;
  /// Something that an administrator should read.
  std::function<void(std::string_view)> warn;
};

/// Spawns the actor that has users' commands run on what happens: it keeps the
/// hooks, and has the keeper fork them like any child of their user, with the
/// event on standard input. While nobody has a hook it is told of no event.
caf::actor spawn_hook_runner(caf::actor_system& system, hook_runner_setup setup,
                             bool detached = true);

} // namespace hiisi::actors
