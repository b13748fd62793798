#pragma once

#include "protocol/event.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace hiisi::core {

/// The beginning of an event's line, read without a parse: logs are looked
/// through by the megabyte.
struct event_head {
  uint64_t number = 0;
  /// RFC 3339 in UTC with nine decimals, so that the order of the texts is
  /// that of the times.
  std::string_view time;
  std::string_view kind;
  /// Absent for the daemon's own.
  std::optional<uint32_t> uid;
  uint32_t id = 0;
  /// As it stands in the JSON; names hold nothing that is escaped.
  std::string_view name;
};

/// Reads the head of a line that protocol::write_event wrote; nothing for any
/// other line.
[[nodiscard]] std::optional<event_head> head_of(std::string_view line) noexcept;

/// Which events somebody wants to see.
struct event_query {
  /// Whose; absent for everybody's and the daemon's own.
  std::optional<uint32_t> uid;
  /// Only of this process; 0 for any.
  uint32_t id = 0;
  /// Only of processes of this name; empty for any.
  std::string name;
  /// format_rfc3339 of the earliest time; empty for any.
  std::string since;
};

[[nodiscard]] bool matches(const event_query& query,
                           const event_head& head) noexcept;

} // namespace hiisi::core
