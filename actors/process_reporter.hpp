#pragma once

#include "actors/core/process_events.hpp"
#include "actors/core/process_machine.hpp"
#include "actors/messages.hpp"
#include "actors/operation_queue.hpp"
#include "protocol/event.hpp"

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include <optional>

namespace hiisi::actors {

/// Tells the event_log what happens to one process, and who is behind it.
class process_reporter {
public:
  /// `events` is null where nobody is told.
  process_reporter(caf::event_based_actor* self, caf::actor events);

  /// What the first process used, by the keeper's latest word; nothing where
  /// that says nothing.
  void note_use(std::optional<protocol::resource_use> used) { used_ = used; }

  /// Tells what the machine's latest step was, from `before` to how it is now.
  /// `recovering`: the step compares what is on record with what the keeper
  /// holds.
  void tell_step(const core::process_moment& before,
                 const core::process_machine& machine, core::boot_time now,
                 const operation_queue& operations, bool recovering);
  /// Tells that it was removed, where somebody asked for that: that old ones
  /// are forgotten is no news.
  void tell_removed(const core::process_spec& spec,
                    const operation_queue& operations);

private:
  caf::event_based_actor* self_;
  caf::actor events_;
  /// What had the latest incarnation started.
  protocol::event_cause launched_by_;
  std::optional<protocol::resource_use> used_;
};

} // namespace hiisi::actors
