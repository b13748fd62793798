#pragma once

#include "actors/core/log_rotation.hpp"
#include "protocol/response.hpp"
#include "protocol/shared_environment.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hiisi::core {

/// Time since the host booted, suspend included (CLOCK_BOOTTIME). Everything
/// that is measured or waited for uses it, so that setting the wall clock
/// changes nothing.
using boot_time = std::chrono::nanoseconds;

using environment = protocol::shared_environment::variables;

/// What a user asked to have running: the part of a process that never
/// changes while it is defined.
struct process_spec {
  uint32_t id = 0;
  std::string name;
  uint32_t uid = 0;
  /// The owner's login name when it was defined, for readers of the file.
  std::string user;
  std::vector<std::string> argv;
  std::string cwd;
  /// The whole environment.
  protocol::shared_environment env;
  protocol::restart_policy policy = protocol::restart_policy::no;
  /// The first signal of the stop ladder, and how long each rung waits.
  /// Where absent the daemon's configuration says.
  std::optional<int> stop_signal;
  std::optional<std::chrono::milliseconds> stop_timeout;
  uint32_t umask = 0022;
  /// What it says of its logs; the rest is as the configuration has it.
  log_wishes logs{};
  protocol::wall_time created{};
  /// Its ports, whose numbers are in `argv` already.
  std::vector<protocol::process_port> ports;
  /// Where we listen on them for it; empty for every address. Absent where the
  /// program does that by itself.
  std::optional<std::string> listen;
  /// Limits of each of its processes.
  std::map<protocol::limited_resource, uint64_t> limits{};
  /// The owner's home when it was defined, by which a renamed one is known.
  std::string home{};
  /// Each line that it writes is stamped with the time; it has a terminal of
  /// its own.
  bool timestamps = false;
  bool terminal = false;
};

/// Whether who has the owner's uid now is still the owner, and not somebody to
/// whom the uid was given after them.
[[nodiscard]] inline bool belongs_to(const process_spec& spec,
                                     std::string_view name,
                                     std::string_view home) noexcept {
  return spec.user.empty() || spec.user == name
         || (!home.empty() && spec.home == home);
}

/// All that is kept of a process on disk, in `<state>/processes/<id>.ron`.
struct process_record {
  /// Shared by everybody who shows it or stores it; never null.
  std::shared_ptr<const process_spec> spec;
  /// Whether its owner wants it to run: true after run, start and restart,
  /// false after stop. Decides what happens after a reboot.
  bool wanted = true;
  /// As of the last save; a process that was up then may have ended since.
  protocol::process_state state = protocol::process_state::starting;
  /// Counts incarnations: the keeper's news name the one they speak of.
  uint32_t run = 0;
  /// Starts by the restart policy since the last start by hand.
  uint32_t restarts = 0;
  /// Ends within `restart_settings::reset_after` of the start, in a row.
  uint32_t quick_failures = 0;
  std::optional<protocol::exit_info> last_exit;
  /// Why it failed or is waiting, for people.
  std::string reason;

  friend bool operator==(const process_record&, const process_record&)
      = default;
};

/// What tells a running incarnation from any other process of the host, kept
/// in `<runtime>/live/<id>.ron` on a file system that a reboot clears.
struct live_record {
  uint32_t id = 0;
  uint32_t run = 0;
  uint32_t uid = 0;
  int32_t pid = 0;
  /// The process's inode in the kernel's pidfs, unique for one boot; 0 where
  /// the kernel has none, and then `start_ticks` must do.
  uint64_t pidfs_inode = 0;
  /// Field 22 of /proc/PID/stat: its start, in clock ticks since boot.
  uint64_t start_ticks = 0;
  boot_time started_at{};
  std::string boot_id;

  friend bool operator==(const live_record&, const live_record&) = default;
};

/// Whether there is a process, or is about to be.
[[nodiscard]] constexpr bool is_up(protocol::process_state state) noexcept {
  using enum protocol::process_state;
  return state == starting || state == running || state == stopping;
}

/// Whether it has ended for good, as far as Hiisi is concerned.
[[nodiscard]] constexpr bool
is_finished(protocol::process_state state) noexcept {
  using enum protocol::process_state;
  return state == exited || state == failed || state == stopped;
}

/// Whether it counts against its owner's limit: what has ended and will not be
/// started again by its policy does not.
[[nodiscard]] inline bool is_defined(const process_record& record) noexcept {
  return !is_finished(record.state)
         || record.spec->policy != protocol::restart_policy::no;
}

} // namespace hiisi::core
