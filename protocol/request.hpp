#pragma once

#include "protocol/event.hpp"
#include "protocol/limited_resource.hpp"
#include "protocol/shared_environment.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace hiisi::protocol {

/// When a process that ended is started again.
enum class restart_policy : uint8_t { no, on_failure, always };

/// The word on the wire and on the command line: "no", "on-failure", "always".
[[nodiscard]] std::string_view to_string(restart_policy policy) noexcept;
[[nodiscard]] std::optional<restart_policy>
restart_policy_from_string(std::string_view word) noexcept;

/// A process, by its id or by its owner's name for it. A text that is a whole
/// number within uint32_t is an id, since names may not be numbers.
using target = std::variant<uint32_t, std::string>;

/// A port that a new process is to have.
struct port_wish {
  /// A given one; where absent the label's, or any that is free.
  std::optional<uint16_t> port{};
  /// The owner's word for it, by the rules of names; empty for none.
  std::string label{};
  bool udp = false;

  friend bool operator==(const port_wish&, const port_wish&) = default;
};

/// Starts a program as a new process.
struct run_request {
  /// The program and its arguments; never empty after decoding. The old wire
  /// has one string, which is split at white space as the first Hiisi did.
  std::vector<std::string> argv;
  /// Where it is started; an absolute path.
  std::string cwd;
  /// The whole environment.
  shared_environment env;
  restart_policy restart = restart_policy::no;
  /// The owner's name for it; made from the program's name where absent.
  std::optional<std::string> name;
  /// The first signal of the stop ladder, by number; SIGINT where absent.
  std::optional<int> stop_signal;
  /// How long each of the first two rungs of the stop ladder waits.
  std::optional<std::chrono::milliseconds> stop_timeout;
  /// The file-creation mask of the caller (from 0 to 0777).
  std::optional<uint32_t> umask;
  /// How large each of its logs' segments is, in bytes, 0 for no rotation, and
  /// how many are kept; as the daemon's configuration has it where absent.
  std::optional<uint64_t> log_bytes;
  std::optional<uint32_t> log_keep;
  /// Its ports, max_process_ports at most; in `argv`, "{port}" and
  /// "{port:LABEL}" stand for their numbers. Without any, nothing is replaced.
  std::vector<port_wish> ports;
  /// The address to listen at for it, on all of its ports; empty for every
  /// address. Where absent, the program listens by itself.
  std::optional<std::string> listen;
  /// Limits of each of its processes, in files, processes, seconds and bytes.
  std::map<limited_resource, uint64_t> limits{};
  /// Each line of its output is stamped with the time.
  bool timestamps = false;
  /// It gets a terminal of its own.
  bool terminal = false;

  friend bool operator==(const run_request&, const run_request&) = default;
};

struct stop_request {
  target what;
  friend bool operator==(const stop_request&, const stop_request&) = default;
};

/// Starts a process that has ended or was stopped, with the command, working
/// directory and environment it was first run with.
struct start_request {
  target what;
  friend bool operator==(const start_request&, const start_request&) = default;
};

struct restart_request {
  target what;
  friend bool operator==(const restart_request&, const restart_request&)
      = default;
};

/// Forgets a process, stopping it first.
struct remove_request {
  target what;
  /// Whether its ports are given back, too. Where absent, those go that nobody
  /// has named: neither a label nor a number was asked for.
  std::optional<bool> free_ports{};
  friend bool operator==(const remove_request&, const remove_request&)
      = default;
};

/// Lists processes. The first Hiisi's request, a bare word, lists everyone's.
struct status_request {
  /// Only this one.
  std::optional<target> what;
  /// Everybody's, not only the caller's own.
  bool all = false;
  /// With what they use. That is read only for who asks, since it takes longer
  /// than all the rest.
  bool usage = false;
  friend bool operator==(const status_request&, const status_request&)
      = default;
};

/// Asks where a process's output lies; the client reads the files itself.
struct logs_request {
  target what;
  friend bool operator==(const logs_request&, const logs_request&) = default;
};

struct port_allocate_request {
  /// A given port, or any that is free.
  std::optional<uint16_t> port;
  /// How many, where none is given; ours alone, as is what follows.
  uint16_t count = 1;
  /// They are to follow each other.
  bool contiguous = false;
  /// The owner's name for it, by which the same port is given again.
  std::string label{};
  /// It is meant for UDP.
  bool udp = false;
  friend bool operator==(const port_allocate_request&,
                         const port_allocate_request&)
      = default;
};

struct port_free_request {
  uint16_t port = 0;
  /// Even if its owner listens on it just now. The first Hiisi's client, which
  /// cannot ask so, always means it.
  bool force = false;
  friend bool operator==(const port_free_request&, const port_free_request&)
      = default;
};

struct port_lookup_request {
  /// Only this user's, by login name.
  std::optional<std::string> user;
  friend bool operator==(const port_lookup_request&, const port_lookup_request&)
      = default;
};

/// Asks all that is known of one port. Ours alone, as are those that follow.
struct port_check_request {
  uint16_t port = 0;
  friend bool operator==(const port_check_request&, const port_check_request&)
      = default;
};

/// Asks for ports that could be had, and takes none.
struct port_suggest_request {
  /// The nearest above this one; any where absent.
  std::optional<uint16_t> near;
  uint16_t count = 1;
  friend bool operator==(const port_suggest_request&,
                         const port_suggest_request&)
      = default;
};

/// Exempts a port from the collection of unused ones, or no longer.
struct port_keep_request {
  uint16_t port = 0;
  bool keep = true;
  friend bool operator==(const port_keep_request&, const port_keep_request&)
      = default;
};

/// Offers a port to another user, who then accepts it.
struct port_transfer_request {
  uint16_t port = 0;
  /// By login name; absent where an offer is taken back or declined.
  std::optional<std::string> to;
  friend bool operator==(const port_transfer_request&,
                         const port_transfer_request&)
      = default;
};

/// Takes a port that was offered.
struct port_accept_request {
  uint16_t port = 0;
  friend bool operator==(const port_accept_request&, const port_accept_request&)
      = default;
};

/// Frees what has been unused for too long: one's own, or, for administrators,
/// everybody's.
struct port_collect_request {
  /// Only says what would go.
  bool dry_run = false;
  friend bool operator==(const port_collect_request&,
                         const port_collect_request&)
      = default;
};

/// Has every process of the host climb down its stop ladder, as the host is
/// going down. What has a restart policy starts again with the next start of
/// the daemon; until then nothing is started. For administrators. Ours alone.
struct shutdown_request {
  friend bool operator==(const shutdown_request&, const shutdown_request&)
      = default;
};

/// Asks the daemon who it is. Ours alone.
struct version_request {
  friend bool operator==(const version_request&, const version_request&)
      = default;
};

/// What has happened, the oldest first. Ours alone, as all that follows.
struct events_request {
  /// Only from then on.
  std::optional<wall_time> since;
  /// Only that user's, by login name; of others, only for administrators.
  std::optional<std::string> user;
  /// Only this process's, which may have been removed since.
  std::optional<target> what;
  /// Only so many, the latest.
  std::optional<uint64_t> last;
  /// Goes on with what happens from now on: the answer never ends.
  bool follow = false;
  friend bool operator==(const events_request&, const events_request&)
      = default;
};

/// Has a command run, as the caller, whenever something happens.
struct hook_add_request {
  std::vector<event_kind> on;
  /// Only for this process; by name also for one that comes later.
  std::optional<target> what;
  /// As in run_request.
  std::vector<std::string> argv;
  std::string cwd;
  std::map<std::string, std::string> env;
  std::optional<uint32_t> umask;
  friend bool operator==(const hook_add_request&, const hook_add_request&)
      = default;
};

struct hook_list_request {
  friend bool operator==(const hook_list_request&, const hook_list_request&)
      = default;
};

struct hook_remove_request {
  uint32_t number = 0;
  friend bool operator==(const hook_remove_request&, const hook_remove_request&)
      = default;
};

/// Looks inside of the daemon; for administrators.
struct debug_request {
  /// What to look at, such as "actors"; the daemon knows which there are.
  std::string topic;
  /// For topic "actor": which.
  std::optional<uint64_t> actor;
  /// For topic "trace": only what that user's actors do, by login name.
  std::optional<std::string> user;
  /// For topic "trace": go on; the answer never ends.
  bool follow = false;
  friend bool operator==(const debug_request&, const debug_request&) = default;
};

/// What a user uses of what is limited. Ours alone.
struct quota_request {
  /// Of that user, by login name; of others, only for administrators.
  std::optional<std::string> user;
  friend bool operator==(const quota_request&, const quota_request&) = default;
};

/// Asks what the host gives and does not give the daemon. Ours alone.
struct doctor_request {
  friend bool operator==(const doctor_request&, const doctor_request&)
      = default;
};

using command_alternatives = std::variant<
    run_request, stop_request, start_request, restart_request, remove_request,
    status_request, logs_request, port_allocate_request, port_free_request,
    port_lookup_request, shutdown_request, version_request, events_request,
    hook_add_request, hook_list_request, hook_remove_request, debug_request,
    port_check_request, port_suggest_request, port_keep_request,
    port_transfer_request, port_accept_request, port_collect_request,
    quota_request, doctor_request>;

/// One of them. What copies and compares it is compiled once, in request.cpp:
/// of so many alternatives that is much code, and would be made in every file.
struct command : command_alternatives {
  using command_alternatives::command_alternatives;
  command();
  command(const command&);
  command(command&&) noexcept;
  command& operator=(const command&);
  command& operator=(command&&) noexcept;
  ~command();
  friend bool operator==(const command&, const command&);
};

/// One request as it comes out of a frame.
struct request {
  command what;
  /// The login name that the client gives. The kernel says who the caller is;
  /// this counts only when root names another user to act for.
  std::string user;
  /// What the client speaks: 1 for the first Hiisi's client, which carries no
  /// version. From 2 on it understands structured errors, further response
  /// variants and responses in several frames.
  uint32_t version = 1;

  friend bool operator==(const request&, const request&) = default;
};

} // namespace hiisi::protocol
