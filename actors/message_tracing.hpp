#pragma once

#include "actors/inspector_report.hpp"
#include "actors/messages.hpp"

#include <caf/event_based_actor.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace hiisi::actors {

/// The inspector's traces: what is said between the actors goes to those who
/// asked to see it, in parts, each once the client has taken the one before.
/// Nothing is recorded while nobody does.
class message_tracing {
public:
  /// The directory is asked who a user is, where only theirs is to be seen.
  message_tracing(caf::event_based_actor* self, caf::actor directory);

  /// Begins a trace that a debug_request asks for.
  void begin(submission m);
  /// The name services have answered.
  void learn(const identified& m);
  /// There are messages that were recorded.
  void pass_on();
  /// The client has taken the part before.
  void go_on(const ticket& whose);
  /// A trace that is not followed is over.
  void end(const ticket& whose);
  /// All of such a session's are.
  void end_of(const caf::actor_addr& session);

  [[nodiscard]] size_t count() const noexcept { return tracers_.size(); }

private:
  struct tracer {
    ticket reply_to;
    std::optional<uint32_t> uid;
    bool follow = false;
    /// The client has taken the part before.
    bool ready = true;
    std::deque<seen_message> waiting;
    uint64_t lost = 0;
  };

  void add(const submission& m, std::optional<uint32_t> uid);
  /// Has messages recorded while there is anybody to see them.
  void trace_as_needed();
  void send_part(tracer& t, bool last);

  caf::event_based_actor* self_;
  caf::actor directory_;
  std::vector<tracer> tracers_;
  /// Those whose user is being asked about.
  std::vector<submission> unnamed_;
};

} // namespace hiisi::actors
