#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

namespace hiisi::bench {

/// Starts a program with its output thrown away.
[[nodiscard]] pid_t spawn(const std::vector<std::string>& argv,
                          const std::string& error_file = {});

/// Waits for a child of ours; sends it SIGKILL after `milliseconds`.
void reap(pid_t pid, int milliseconds);

/// Runs a program to its end. Returns how long it took, in milliseconds.
[[nodiscard]] double time_of(const std::vector<std::string>& argv);

/// The processes named `name` with `part` somewhere in their command lines.
[[nodiscard]] std::vector<pid_t> find_processes(const std::string& name,
                                                const std::string& part);

/// What processes have used so far, summed over all their threads.
struct usage {
  /// Proportional set size.
  double pss_mib = 0;
  /// Whether PSS could not be read, since the process may not be looked into,
  /// and its resident set stands in for it.
  bool resident_instead = false;
  /// User and system time, in ticks of the kernel's.
  int64_t ticks = 0;
  /// Voluntary context switches: how often it woke up and slept again.
  int64_t wake_ups = 0;
};

[[nodiscard]] usage usage_of(const std::vector<pid_t>& pids);

} // namespace hiisi::bench
