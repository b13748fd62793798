#pragma once

#include "actors/core/event_budget.hpp"
#include "actors/core/tallies.hpp"
#include "actors/messages.hpp"
#include "actors/os/line_log.hpp"

#include <caf/fwd.hpp>

#include <functional>
#include <string_view>

namespace hiisi::actors {

struct event_log_setup {
  os::line_log log;
  core::event_budget_settings budget;
  /// Passes an event on to the host's journal; may be empty.
  std::function<void(const protocol::event&)> journal;
  /// Something that an administrator should read.
  std::function<void(std::string_view)> warn;
  /// The user_directory: whose events `--user` means.
  caf::actor directory;
  /// Counts all that happens, also what is not kept.
  core::tallies_ptr tallies = std::make_shared<core::tallies>();
};

/// Spawns the actor that keeps what happens: it numbers events, writes them to
/// disk in batches, passes them on to whoever watches, and answers requests
/// for them in parts, each read from the disk when the client has taken the
/// one before. Nobody waits for it but those who ask for events.
caf::actor spawn_event_log(caf::actor_system& system, event_log_setup setup,
                           bool detached = true);

} // namespace hiisi::actors
