#pragma once

#include "actors/messages/common.hpp"

#include <caf/actor.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace hiisi::core::ron {
class value;
} // namespace hiisi::core::ron

// What the inspector takes (detached: it answers while the others are at work).

namespace hiisi::actors {

/// From a session: a debug_request. A trace is answered in parts.
struct debug_submission {
  submission what;
};
/// From a session: a doctor_request.
struct doctor_submission {
  submission what;
};
/// From the inspector, to every actor: show yourself, whole if so asked.
/// Answered by `described_self`.
struct describe_yourself {
  caf::actor asker;
  uint64_t question = 0;
  bool whole = false;
};
/// A timer that an actor has armed.
struct shown_timer {
  const char* message = nullptr;
  std::chrono::steady_clock::time_point due;
};
struct described_self {
  uint64_t question = 0;
  uint64_t id = 0;
  std::string line;
  /// How many messages wait.
  size_t mailbox = 0;
  std::vector<shown_timer> timers;
  /// Null where only the line was asked for.
  std::shared_ptr<const core::ron::value> whole;
};
/// From main, also to the quota_clerk: the broker, which is made after these,
/// as its sessions need them.
struct inspect_broker {
  caf::actor broker;
};
/// From main: what `debug config` shows from now on, a JSON object.
struct shown_configuration {
  std::string json;
};
/// INTERNAL: who has not shown themselves by now is busy.
struct gathering_due {
  uint64_t question = 0;
};
/// INTERNAL: perhaps nobody has looked for a while.
struct timing_over {};
/// From whoever handled the first message since the trace was last taken.
struct trace_ready {};
/// INTERNAL: a trace that is not followed is long enough.
struct trace_over {
  ticket reply_to;
};

} // namespace hiisi::actors
