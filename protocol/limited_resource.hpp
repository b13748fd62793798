#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace hiisi::protocol {

/// What the kernel holds each process of a run to, as setrlimit(2) has it.
enum class limited_resource : uint8_t {
  /// Open files (RLIMIT_NOFILE).
  nofile,
  /// Processes of the user, whoever started them (RLIMIT_NPROC).
  nproc,
  /// CPU time of one process, in seconds (RLIMIT_CPU).
  cpu,
  /// Address space of one process, in bytes (RLIMIT_AS).
  memory,
};

inline constexpr size_t limited_resource_count
    = static_cast<size_t>(limited_resource::memory) + 1;

/// The word on the wire and on the command line, such as "nofile".
[[nodiscard]] std::string_view to_string(limited_resource what) noexcept;
[[nodiscard]] std::optional<limited_resource>
limited_resource_from_string(std::string_view word) noexcept;

/// Between which two a limit lies. Below the first nothing could be started:
/// a program needs its three standard files and, dynamically linked, some MiB.
[[nodiscard]] uint64_t least_of(limited_resource what) noexcept;
[[nodiscard]] uint64_t most_of(limited_resource what) noexcept;

} // namespace hiisi::protocol
