#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace hiisi::protocol {

/// Points in time are wall-clock time; on the wire RFC 3339 in UTC with nine
/// decimals, such as "2024-11-30T18:41:08.123456789Z".
using wall_time = std::chrono::sys_time<std::chrono::nanoseconds>;

/// How a process ended.
struct exit_info {
  enum class kind : uint8_t {
    /// Ended by exit(2); `value` is the exit status, 0 to 255.
    exited,
    /// Ended by a signal; `value` is its number.
    signaled,
    /// Ended while nobody could watch; `value` is 0.
    unknown,
  };
  kind how = kind::unknown;
  int value = 0;
  bool core_dumped = false;
  wall_time at{};
  /// It was the kernel that killed it, for want of memory.
  bool out_of_memory = false;
  /// How many bytes its processes together might have then; nothing for any.
  std::optional<uint64_t> memory_max{};

  friend bool operator==(const exit_info&, const exit_info&) = default;
};

/// The word on the wire: "exited", "signaled", "unknown".
[[nodiscard]] constexpr const char* to_string(exit_info::kind how) noexcept {
  switch (how) {
  case exit_info::kind::exited:
    return "exited";
  case exit_info::kind::signaled:
    return "signaled";
  case exit_info::kind::unknown:
    break;
  }
  return "unknown";
}

} // namespace hiisi::protocol
