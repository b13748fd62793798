#pragma once

#include "protocol/error.hpp"
#include "protocol/event.hpp"
#include "protocol/exit_info.hpp"
#include "protocol/finding.hpp"
#include "protocol/process_usage.hpp"
#include "protocol/request.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace hiisi::protocol {

/// Where a process is in its life.
enum class process_state : uint8_t {
  /// Being started.
  starting,
  running,
  /// Ended, and waiting to be started again.
  backoff,
  /// On the stop ladder.
  stopping,
  /// Ended by itself, and not to be started again.
  exited,
  /// Could not be started, or given up after too many quick failures.
  failed,
  /// Ended because someone asked for it.
  stopped,
};

inline constexpr size_t process_state_count
    = static_cast<size_t>(process_state::stopped) + 1;

[[nodiscard]] std::string_view to_string(process_state state) noexcept;
[[nodiscard]] std::optional<process_state>
process_state_from_string(std::string_view name) noexcept;

/// A port of a process.
struct process_port {
  uint16_t port = 0;
  /// The owner's word for it; empty for none.
  std::string label{};
  bool udp = false;
  /// Its owner asked for this label or number; else it was any that is free,
  /// and goes with the process.
  bool named = false;
  /// Since when nobody has listened on it, where that is so long ago that it
  /// counts as unused.
  std::optional<wall_time> unused_since{};

  friend bool operator==(const process_port&, const process_port&) = default;
};

struct process_started {
  uint32_t id = 0;
  /// The process's name; only for clients of version 2 and above, as is what
  /// follows.
  std::string name;
  std::vector<process_port> ports{};
  friend bool operator==(const process_started&, const process_started&)
      = default;
};

struct process_stopped {
  friend bool operator==(const process_stopped&, const process_stopped&)
      = default;
};

/// The answer to remove_request; ours alone.
struct process_removed {
  /// The ports that have been given back, and those that stay the owner's.
  std::vector<uint16_t> freed_ports{};
  std::vector<uint16_t> kept_ports{};
  friend bool operator==(const process_removed&, const process_removed&)
      = default;
};

/// One process as its reader may see it. Fields that only the owner and
/// administrators may see are empty for others (`full` tells which it is):
/// argv, cwd, pid, last_exit, reason, stop settings.
struct status_entry {
  uint32_t id = 0;
  std::string name;
  std::string user;
  uint32_t uid = 0;
  process_state state = process_state::starting;
  /// How long it has been up; zero when it is not.
  std::chrono::nanoseconds uptime{0};
  /// The program and its arguments; for others' processes its base name only.
  std::vector<std::string> argv;
  std::string cwd;
  bool full = false;
  restart_policy policy = restart_policy::no;
  /// Starts by the restart policy since the last start by hand.
  uint32_t restarts = 0;
  /// The first process's id in the host's numbering; 0 when it is not up.
  int32_t pid = 0;
  wall_time created{};
  std::optional<exit_info> last_exit;
  /// Why it failed, with its last lines of standard error where there are any.
  std::string reason;
  /// In state backoff: when it is started again, from now.
  std::optional<std::chrono::nanoseconds> next_restart;
  /// Its ports, in the order they were asked for; everybody may see them.
  std::vector<process_port> ports;
  /// Hiisi listens on them for it.
  bool held = false;
  /// Its lines are stamped with the time; it has a terminal of its own.
  bool timestamps = false;
  bool terminal = false;
  /// What it uses, where that was asked for and it is up: at most one. Not an
  /// optional, since few ask and every entry would have room for it.
  std::vector<process_usage> usage;

  friend bool operator==(const status_entry&, const status_entry&) = default;
};

struct status_list {
  std::vector<status_entry> entries;
  friend bool operator==(const status_list&, const status_list&) = default;
};

/// A status_entry as it is written for clients of version 2, all but for its
/// uptime, which belongs into `json` at `uptime_at`.
struct written_status_entry {
  std::string json;
  size_t uptime_at = 0;
};

/// A status_list that was written ahead: the same thousand are asked for again
/// and again, and hardly one of them has changed meanwhile. It can be sent to
/// clients of version 2 and above, who read a status_list.
struct written_status_list {
  struct row {
    std::shared_ptr<const written_status_entry> entry;
    std::chrono::nanoseconds uptime{0};
    friend bool operator==(const row&, const row&) = default;
  };
  std::vector<row> rows;
  friend bool operator==(const written_status_list&, const written_status_list&)
      = default;
};

/// Absolute paths of a process's output files.
struct log_paths {
  std::string standard_output;
  std::string standard_error;
  friend bool operator==(const log_paths&, const log_paths&) = default;
};

struct port_allocated {
  uint16_t port = 0;
  /// Those behind the first, where several were asked for; ours alone.
  std::vector<uint16_t> more{};
  friend bool operator==(const port_allocated&, const port_allocated&)
      = default;
};

struct port_freed {
  friend bool operator==(const port_freed&, const port_freed&) = default;
};

/// What is done with a port just now.
enum class port_use : uint8_t {
  /// Nobody listens on it.
  idle,
  /// Its owner listens on it.
  listening,
  /// Somebody else listens on it.
  taken,
  /// Somebody listens on it, and nobody has allocated it.
  unregistered,
};

inline constexpr size_t port_use_count
    = static_cast<size_t>(port_use::unregistered) + 1;

[[nodiscard]] std::string_view to_string(port_use use) noexcept;
[[nodiscard]] std::optional<port_use>
port_use_from_string(std::string_view name) noexcept;

struct port_entry {
  uint16_t port = 0;
  /// Whose it is; of one that is not allocated, who listens.
  std::string user;
  /// Whether somebody listens on it (TCP) or has bound it (UDP) just now.
  bool active = false;
  /// Zero where it is not allocated.
  wall_time allocated_at{};
  // What follows is for clients of version 2 and above.
  port_use use = port_use::idle;
  /// It is meant for UDP; of one that is not allocated, it is bound by UDP.
  bool udp = false;
  std::string label{};
  /// The process of ours that listens on it or, where none does, that it was
  /// allocated for; 0 for none.
  uint32_t process = 0;
  std::string process_name{};
  /// Since when nobody has been seen to listen, where use is idle or taken.
  std::optional<wall_time> idle_since{};
  /// Who listens on it beside its owner: login names, or "uid 1234".
  std::vector<std::string> others{};
  /// Its owner has exempted it from collection.
  bool keep = false;
  /// Idle for so long that its owner should free it.
  bool unused = false;
  /// Its owner is no user of this host any more.
  bool orphaned = false;
  /// Whom it is offered to.
  std::string offered_to{};
  friend bool operator==(const port_entry&, const port_entry&) = default;
};

struct port_list {
  std::vector<port_entry> entries;
  friend bool operator==(const port_list&, const port_list&) = default;
};

/// The answer to port_check_request. Ours alone, as are those that follow.
struct port_report {
  uint16_t port = 0;
  /// The caller could allocate it.
  bool available = false;
  /// Its allocation, and whoever listens without one.
  std::vector<port_entry> entries;
  /// What speaks against it, or would be good to know.
  std::vector<std::string> remarks;
  /// Where it is not available: the next one that is.
  std::optional<uint16_t> next_free;
  friend bool operator==(const port_report&, const port_report&) = default;
};

struct port_suggestions {
  std::vector<uint16_t> ports;
  friend bool operator==(const port_suggestions&, const port_suggestions&)
      = default;
};

/// The answer to requests that change one port: how it is now.
struct port_changed {
  port_entry entry;
  friend bool operator==(const port_changed&, const port_changed&) = default;
};

/// What the collection does, or would do, with one port that is not used.
struct port_verdict {
  port_entry entry;
  bool goes = false;
  std::string why;
  friend bool operator==(const port_verdict&, const port_verdict&) = default;
};

/// The answer to port_collect_request: ports that are idle, with a reason each.
struct port_collection {
  bool dry_run = false;
  std::vector<port_verdict> verdicts;
  friend bool operator==(const port_collection&, const port_collection&)
      = default;
};

/// The answer to version_request; ours alone.
struct version_info {
  /// The release, such as "1.0.0".
  std::string version;
  uint32_t protocol = 0;
  /// The daemon's process id and the uid it runs as.
  int32_t pid = 0;
  uint32_t uid = 0;
  /// Whether it serves every user of the host, or only its own.
  bool system = false;
  friend bool operator==(const version_info&, const version_info&) = default;
};

struct event_list {
  std::vector<event> entries;
  friend bool operator==(const event_list&, const event_list&) = default;
};

/// A command that is run when something happens.
struct hook_entry {
  /// Unique among the owner's, never given out again.
  uint32_t number = 0;
  std::vector<event_kind> on;
  std::optional<target> what;
  std::vector<std::string> argv;
  std::string cwd;
  wall_time created{};
  /// Since the daemon started: how often it was run, when last, and how that
  /// ended, for people.
  uint64_t runs = 0;
  std::optional<wall_time> last_run;
  std::string last_outcome;
  friend bool operator==(const hook_entry&, const hook_entry&) = default;
};

struct hook_list {
  std::vector<hook_entry> entries;
  friend bool operator==(const hook_list&, const hook_list&) = default;
};

struct hook_added {
  uint32_t number = 0;
  friend bool operator==(const hook_added&, const hook_added&) = default;
};

struct hook_removed {
  friend bool operator==(const hook_removed&, const hook_removed&) = default;
};

/// The answer to debug_request: a JSON object whose members depend on the
/// topic. Texts and numbers stand for themselves, arrays of objects are tables.
struct debug_report {
  std::string json;
  friend bool operator==(const debug_report&, const debug_report&) = default;
};

/// What a user uses of one thing that is limited.
struct quota_entry {
  /// What is counted: "processes", "starts_per_minute", "connections",
  /// "bytes_in_flight" or "ports".
  std::string what;
  uint64_t use = 0;
  /// Absent where there is no limit.
  std::optional<uint64_t> limit{};
  friend bool operator==(const quota_entry&, const quota_entry&) = default;
};

/// The answer to quota_request; ours alone.
struct quota_report {
  std::string user;
  uint32_t uid = 0;
  std::vector<quota_entry> entries;
  friend bool operator==(const quota_report&, const quota_report&) = default;
};

/// The answer to doctor_request; ours alone.
struct doctor_report {
  std::vector<finding> findings;
  friend bool operator==(const doctor_report&, const doctor_report&) = default;
};

using payload_alternatives
    = std::variant<process_started, process_stopped, process_removed,
                   status_list, written_status_list, log_paths, port_allocated,
                   port_freed, port_list, version_info, event_list, hook_list,
                   hook_added, hook_removed, debug_report, port_report,
                   port_suggestions, port_changed, port_collection,
                   quota_report, doctor_report, error>;

/// One of them. What copies and compares it is compiled once, in response.cpp.
struct payload : payload_alternatives {
  using payload_alternatives::payload_alternatives;
  payload();
  payload(const payload&);
  payload(payload&&) noexcept;
  payload& operator=(const payload&);
  payload& operator=(payload&&) noexcept;
  ~payload();
  friend bool operator==(const payload&, const payload&);
};

/// One response, or one part of a response that comes in several frames.
struct response {
  payload what;
  /// Whether further frames of the same response follow. Only clients of
  /// version 2 and above ever see it set.
  bool more = false;

  friend bool operator==(const response&, const response&) = default;
};

} // namespace hiisi::protocol
