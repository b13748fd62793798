#pragma once

#include "actors/messages.hpp"
#include "actors/roster.hpp"

#include <chrono>
#include <deque>
#include <map>
#include <string>
#include <vector>

namespace hiisi::actors {

// What the inspector answers with, as JSON. No messages here.

/// What the actors that answered have said, by id.
using self_descriptions = std::map<uint64_t, described_self>;

/// All actors, each behind the one that spawned it.
[[nodiscard]] std::string
report_actors(const std::vector<card_ptr>& cards, const self_descriptions& said,
              std::chrono::steady_clock::time_point now);

/// The timers that are armed, the next one first.
[[nodiscard]] std::string
report_timers(const std::vector<card_ptr>& cards, const self_descriptions& said,
              std::chrono::steady_clock::time_point now);

/// One actor, with its state in RON.
[[nodiscard]] std::string
report_actor(const actor_card& card, const described_self& said,
             std::chrono::steady_clock::time_point now);

/// What one actor has said, as an object of its own.
[[nodiscard]] std::string report_whole(const described_self& said);

/// A traced message with the pages of those between whom it went, null where
/// there was none: by the time that it is shown they may have ended.
struct seen_message {
  traced_message what;
  card_ptr from;
  card_ptr to;
};

/// Messages as a trace shows them, in the order of their times.
[[nodiscard]] std::string report_trace(const std::deque<seen_message>& messages,
                                       uint64_t lost);

} // namespace hiisi::actors
