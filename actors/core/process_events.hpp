#pragma once

#include "actors/core/process_machine.hpp"
#include "protocol/event.hpp"

#include <optional>
#include <string>
#include <vector>

namespace hiisi::core {

/// What events are told from: a process as it is between two steps of its
/// machine.
struct process_moment {
  protocol::process_state state{};
  bool wanted = true;
  uint32_t run = 0;
  std::optional<protocol::exit_info> last_exit;
  std::string reason;
  boot_time restart_at{};
};

[[nodiscard]] process_moment moment_of(const process_machine& machine);

/// What the moments do not say of a step.
struct event_context {
  protocol::wall_time now{};
  boot_time since_boot{};
  /// Who is behind the operation that is under way; absent where none is.
  std::optional<protocol::event_cause> asked;
  /// That operation ends the process: stop, restart, remove, shutdown.
  bool ending_asked = false;
  /// That operation starts it, or has stopped it and starts it next.
  bool start_asked = false;
  /// The step compares what is on record with what the keeper holds.
  bool recovering = false;
  /// What had the incarnation started that this step is about.
  protocol::event_cause launched_by;
  /// From the keeper, with the end of the first process.
  std::optional<protocol::resource_use> used;
};

/// What happened in one step of a process's machine, in order. Each event has
/// everything but its number.
[[nodiscard]] std::vector<protocol::event>
events_between(const process_spec& spec, const process_moment& before,
               const process_moment& after, const event_context& context);

} // namespace hiisi::core
