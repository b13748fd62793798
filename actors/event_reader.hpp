#pragma once

#include "actors/core/event_query.hpp"
#include "actors/os/line_log.hpp"
#include "protocol/response.hpp"

#include <cstdint>
#include <optional>

namespace hiisi::actors {

// How events are found in their log. No CAF here; the event_log's actor has
// the timing.

/// From where on lines are to be looked at: the last `last` that match where
/// that is given, else all that are young enough.
[[nodiscard]] os::line_position first_of(const os::line_log& log,
                                         const core::event_query& query,
                                         std::optional<uint64_t> last);

/// The number of the last event in the log; 0 where there is none.
[[nodiscard]] uint64_t last_number(const os::line_log& log);

/// Some of what matches, from a position on.
struct event_part {
  protocol::event_list list;
  os::line_position next;
  /// Nothing lies beyond `next` just now.
  bool at_end = false;
};

/// Reads from `from` on: until about `part_bytes` of events have been found,
/// `look_bytes` have been looked through, or the end. Lines that cannot be read
/// are passed over. Errors: `storage_failed`.
[[nodiscard]] protocol::result<event_part>
read_events(const os::line_log& log, os::line_position from,
            const core::event_query& query, size_t part_bytes,
            size_t look_bytes);

} // namespace hiisi::actors
