#pragma once

#include "protocol/exit_info.hpp"
#include "protocol/result.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hiisi::protocol {

class json_cursor;
class json_writer;

/// What kinds of things happen. Each value's name goes over the wire and into
/// files, so a name is never changed or re-used once it has been released.
enum class event_kind : uint8_t {
  /// Started because somebody asked, or after a reboot.
  start,
  /// Started again by its restart policy.
  restart,
  /// Could not be started.
  start_failed,
  /// It and all that it started have ended.
  exit,
  /// Waits before it is started again.
  backoff,
  /// Failed too often; it is not started again.
  give_up,
  /// Somebody asked it to stop.
  stop,
  /// Somebody had it forgotten.
  remove,
  /// A port was allocated, freed or changed.
  port,
  /// The daemon's configuration was read anew.
  configuration,
  /// A process was taken over by a new daemon, or what manages it was rebuilt.
  recovery,
  /// A request was refused since a limit is reached.
  refusal,
  /// A hook could not be run, took too long, or failed.
  hook,
};

inline constexpr size_t event_kind_count
    = static_cast<size_t>(event_kind::hook) + 1;

/// The name on the wire and on the command line, such as "give_up".
[[nodiscard]] std::string_view to_string(event_kind what) noexcept;
[[nodiscard]] std::optional<event_kind>
event_kind_from_string(std::string_view name) noexcept;

/// Who or what caused an event.
struct event_cause {
  enum class kind : uint8_t {
    /// The daemon itself, as when it recovers.
    daemon,
    /// Somebody's request; the other members say whose.
    user,
    /// The restart policy or another standing rule.
    policy,
    /// The process itself.
    process,
  };
  kind who = kind::daemon;
  uint32_t uid = 0;
  /// The login name; empty where it is not known.
  std::string user;
  /// The client's process; 0 where it could not be seen.
  int32_t pid = 0;

  friend bool operator==(const event_cause&, const event_cause&) = default;
};

[[nodiscard]] std::string_view to_string(event_cause::kind who) noexcept;

/// What a process used, from its start to its end, with the children that it
/// has waited for.
struct resource_use {
  std::chrono::microseconds user{0};
  std::chrono::microseconds system{0};
  /// The most memory that was resident at a time (bytes).
  uint64_t max_rss = 0;

  friend bool operator==(const resource_use&, const resource_use&) = default;
};

/// Something that happened.
struct event {
  /// Counts events within a state directory; later ones have higher numbers.
  uint64_t number = 0;
  wall_time at{};
  event_kind what = event_kind::start;
  /// Whose it is; only administrators see what is nobody's, that is the
  /// daemon's.
  std::optional<uint32_t> uid;
  std::string user;
  /// The process, or 0.
  uint32_t id = 0;
  std::string name;
  event_cause by;
  /// Which incarnation of the process, counted from 1; 0 where none is meant.
  uint32_t run = 0;
  /// Of an `exit`; its `at` is the event's.
  std::optional<exit_info> exit;
  std::optional<resource_use> used;
  /// Of a `backoff`: the wait.
  std::optional<std::chrono::milliseconds> delay;
  std::optional<uint16_t> port;
  /// For people: a reason, or what has changed.
  std::string text;

  friend bool operator==(const event&, const event&) = default;
};

/// Writes an event as a JSON object. The first keys are number, time, kind,
/// uid, id and name, in this order, always (core::event_query relies on it).
void write_event(json_writer& out, const event& what);

/// The same as a text of its own, without a newline.
[[nodiscard]] std::string encode_event(const event& what);

/// Reads an event; unknown keys are ignored, and a kind that only a newer
/// Hiisi knows is an error.
[[nodiscard]] event event_at(const json_cursor& at);

/// Reads a whole text as an event. Errors: `bad_request`.
result<event> decode_event(std::string_view text);

} // namespace hiisi::protocol
