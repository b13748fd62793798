#pragma once

#include "protocol/error.hpp"
#include "protocol/finding.hpp"
#include "protocol/response.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hiisi::cli {

/// What the kernel can do, seen from an ordinary program.
struct kernel_facts {
  /// Such as "6.1.0-18-amd64".
  std::string release;
  /// Processes are signalled and waited for by descriptor (Linux 5.3).
  bool pidfd = false;
  /// A descriptor of a process tells it from all that there ever were (6.9).
  bool pidfs = false;
  /// It also tells how the process ended (6.15).
  bool exit_status = false;
  /// cgroup v2 is mounted; a whole cgroup can be killed at once (5.14).
  bool cgroup2 = false;
  bool cgroup_kill = false;
};

/// The directory that the caller's logs go to.
struct log_facts {
  std::string home;
  bool home_there = false;
  std::string path;
  /// It is there; where it is not, whether it can be made.
  bool there = false;
  bool can_make = false;
  bool own_directory = false;
  bool writable = false;
  bool open_to_others = false;
  /// The file system gives back the room of what was copied out of a file.
  bool makes_holes = false;
  uint64_t free_bytes = 0;
};

/// What is seen of the daemon from here.
struct daemon_facts {
  std::optional<protocol::version_info> version;
  /// Where it answered: what it found; else why not.
  std::optional<protocol::doctor_report> report;
  std::optional<protocol::error> fault;
};

struct caller_facts {
  kernel_facts kernel;
  log_facts logs;
  daemon_facts daemon;
  /// Where no daemon answers: why hiidet is not found; empty where it is.
  std::string no_program;
  std::string release;
};

/// Looks at what can be seen without a daemon, as the caller. To learn whether
/// a file system makes holes it makes a file in it that has no name.
[[nodiscard]] kernel_facts look_at_kernel();
[[nodiscard]] log_facts look_at_logs(const std::string& home);

/// What the facts mean, with what the daemon found between them. `release` is
/// this program's. What counts as wrong is told in actors/core/doctor.hpp.
[[nodiscard]] std::vector<protocol::finding> examine(const caller_facts& facts);

} // namespace hiisi::cli
