#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace hiisi::protocol {

/// What the kernel holds a run to: each process of it, as setrlimit(2) has it,
/// and by cgroup all of them together, where that has controllers.
enum class limited_resource : uint8_t {
  /// Open files (RLIMIT_NOFILE).
  nofile,
  /// Processes of the user, whoever started them (RLIMIT_NPROC); by cgroup,
  /// those of the run (pids.max).
  nproc,
  /// CPU time of one process, in seconds (RLIMIT_CPU).
  cpu,
  /// Address space of one process, in bytes (RLIMIT_AS); by cgroup, memory of
  /// all of the run (memory.max).
  memory,
  /// Processors that all of the run may use at once, in thousandths of one: by
  /// cgroup alone (cpu.max).
  cpus,
};

inline constexpr size_t limited_resource_count
    = static_cast<size_t>(limited_resource::cpus) + 1;

/// The word on the wire and on the command line, such as "nofile".
[[nodiscard]] std::string_view to_string(limited_resource what) noexcept;
[[nodiscard]] std::optional<limited_resource>
limited_resource_from_string(std::string_view word) noexcept;

/// Between which two a limit lies. Below the first nothing could be started:
/// a program needs its three standard files and, dynamically linked, some MiB.
[[nodiscard]] uint64_t least_of(limited_resource what) noexcept;
[[nodiscard]] uint64_t most_of(limited_resource what) noexcept;

} // namespace hiisi::protocol
