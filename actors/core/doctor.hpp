#pragma once

#include "protocol/finding.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hiisi::core {

/// What the daemon's end of the keeper's socket says.
struct keeper_facts {
  /// It has said something; else it was too busy.
  bool known = false;
  bool ready = false;
  /// Each process has a cgroup v2 leaf of its own.
  bool cgroups = false;
  /// Where those are; empty where that cannot be told.
  std::string leaves{};
};

/// How full a file system is, and what it is.
struct volume_facts {
  std::string path;
  uint64_t total_bytes = 0;
  uint64_t free_bytes = 0;
  /// Files that can still be made; absent where the system does not count.
  std::optional<uint64_t> free_files;
  bool writable = false;
  /// It is gone after a reboot.
  bool in_memory = false;
};

/// What a daemon knows of its host and itself.
struct doctor_facts {
  /// It serves every user of the host.
  bool system = false;
  uint32_t uid = 0;
  keeper_facts keeper;
  /// Controllers of cgroup v2 that this host has, and those of them that the
  /// keeper's cgroups have.
  std::vector<std::string> controllers;
  std::vector<std::string> handed_down;
  /// The system calls that it does not need are given up.
  bool confined = false;
  /// Absent where it cannot be looked at.
  std::optional<volume_facts> state;
  std::optional<volume_facts> runtime;
  /// How many descriptors it may have.
  uint64_t descriptors = 0;
  bool boot_id = false;
  /// Whether hiisi-rotate and hiisi-logger are beside it; else why not.
  std::string no_rotation;
  std::string no_logger;
  /// What is wrong in the configuration file or in ports.ron; empty for
  /// nothing.
  std::string configuration_fault;
  std::string registry_fault;
  /// Why the kernel does not say who listens; empty where it does.
  std::string sockets_fault;
  /// Processes of others are hidden from it in /proc.
  bool hides_processes = false;
  /// How many ports can be chosen for somebody who names none.
  uint64_t ports_to_choose = 0;
  /// Processes that there are, and may be, on the host.
  uint64_t processes = 0;
  uint64_t most_processes = 0;
  /// Of a user's own daemon: logind removes its runtime directory, or ends it,
  /// when they log out.
  bool loses_runtime_at_logout = false;
  bool killed_at_logout = false;
  /// Seconds since 1970.
  int64_t wall_clock = 0;
};

/// What the facts mean, a line for each thing that was looked at.
///
/// Wrong is what keeps something of Hiisi's from working, or may cost somebody
/// a process, a line of a log or a record; a note is what it does without.
[[nodiscard]] std::vector<protocol::finding> examine(const doctor_facts& facts);

} // namespace hiisi::core
