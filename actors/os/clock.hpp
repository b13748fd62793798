#pragma once

#include "protocol/response.hpp"

#include <chrono>

#include <time.h>

namespace hiisi::os {

/// What a clock on the wall shows. For people to read; it may jump.
[[nodiscard]] inline protocol::wall_time wall_now() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return protocol::wall_time(std::chrono::seconds(now.tv_sec)
                             + std::chrono::nanoseconds(now.tv_nsec));
}

/// The time since the host was booted, its sleep included. Never jumps, and is
/// the same for every process: what outlives the daemon is measured by it.
[[nodiscard]] inline std::chrono::nanoseconds boottime() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return std::chrono::seconds(now.tv_sec)
         + std::chrono::nanoseconds(now.tv_nsec);
}

/// What a clock on the wall showed at that moment since the boot, going by
/// what it shows now.
[[nodiscard]] inline protocol::wall_time
wall_at(std::chrono::nanoseconds since_boot) noexcept {
  return wall_now() - (boottime() - since_boot);
}

} // namespace hiisi::os
