#pragma once

#include "actors/core/log_policy.hpp"
#include "actors/core/tallies.hpp"
#include "protocol/process_usage.hpp"
#include "protocol/response.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace hiisi::core {

/// What is told of one process.
struct process_reading {
  uint32_t id = 0;
  std::string name;
  std::string user;
  bool up = false;
  /// Absent where it is not up, or hidden from us.
  std::optional<protocol::process_usage> usage;
  std::optional<protocol::wall_time> started;
  uint32_t restarts = 0;
  /// As a shell says it: 128 and the number for a signal.
  std::optional<int> last_exit_status;
  /// How long until it is started again.
  std::optional<std::chrono::nanoseconds> backoff;
  /// What its logs hold (bytes), where we may look.
  std::optional<uint64_t> output_log_bytes;
  std::optional<uint64_t> error_log_bytes;
};

/// Something of which a user may have so much.
struct quota_reading {
  std::string name;
  uint64_t used = 0;
  uint64_t limit = 0;
};

/// What is told of one user, under one name: two users of one name, as after
/// one was deleted and made anew, are told of together.
struct user_reading {
  std::array<uint64_t, protocol::process_state_count> processes{};
  std::chrono::nanoseconds cpu{0};
  uint64_t resident = 0;
  uint64_t restarts = 0;
  /// Processes that count against the limit of them.
  uint64_t defined = 0;
  /// What those say of their logs.
  log_shares logs;
  uint64_t ports = 0;
  uint64_t unused_ports = 0;
  std::vector<quota_reading> quotas;
};

/// How many ports are in which state, each in one.
struct port_counts {
  /// Allocated, and nobody uses it.
  uint64_t idle = 0;
  /// The same, for so long that it is shown as unused.
  uint64_t unused = 0;
  /// Used by its owner.
  uint64_t in_use = 0;
  /// Used by somebody else than its owner.
  uint64_t taken = 0;
  /// Used, and not allocated.
  uint64_t unregistered = 0;
};

/// What the host does, as the kernel tells everybody. Where a file could not
/// be read its part is empty.
struct host_reading {
  /// CPU time since the boot by mode: "user", "idle" and so on.
  std::vector<std::pair<std::string, std::chrono::nanoseconds>> cpu;
  uint64_t memory_total = 0;
  uint64_t memory_available = 0;
  std::array<double, 3> load{};
  std::chrono::nanoseconds uptime{0};
};

/// What the daemon itself uses.
struct self_reading {
  std::chrono::nanoseconds cpu{0};
  uint64_t resident = 0;
  uint64_t virtual_memory = 0;
  uint64_t descriptors = 0;
  uint64_t max_descriptors = 0;
  protocol::wall_time started{};
};

struct volume_reading {
  /// What lies on it: "state" or "logs".
  std::string name;
  uint64_t size = 0;
  /// For whom has no privileges.
  uint64_t available = 0;
};

/// Everything that one scrape tells.
struct metrics_reading {
  std::string version;
  tally_reading tallies;
  std::vector<process_reading> processes;
  std::map<std::string, user_reading> users;
  /// Absent where the registry cannot be read.
  std::optional<port_counts> ports;
  host_reading host;
  self_reading self;
  std::vector<volume_reading> volumes;
  /// How long it took to put this together.
  std::chrono::nanoseconds took{0};
};

} // namespace hiisi::core
