#pragma once

#include <array>
#include <cstdint>
#include <fstream>
#include <optional>
#include <string>

#include <sys/syscall.h>
#include <sys/types.h>

namespace hiisi::test {

/// The system call that a thread is blocked in.
struct blocked_call {
  long number = -1;
  std::array<uint64_t, 6> arguments{};

  /// Whether it waits for descriptors without any limit of time, so that
  /// nothing but an event on one of them can wake it.
  [[nodiscard]] bool is_endless_poll() const {
#ifdef SYS_poll
    if (number == SYS_poll)
      return static_cast<int32_t>(arguments[2]) < 0;
#endif
    return number == SYS_ppoll && arguments[2] == 0;
  }
  [[nodiscard]] bool is_sleep() const {
    return number == SYS_clock_nanosleep || number == SYS_nanosleep;
  }
};

/// What the thread `tid` of this process is blocked in, as the kernel tells;
/// nothing while it runs.
inline std::optional<blocked_call> blocked_call_of(pid_t tid) {
  std::ifstream file("/proc/self/task/" + std::to_string(tid) + "/syscall");
  blocked_call call;
  if (!(file >> call.number))
    return std::nullopt; // The word "running", in general.
  for (auto& argument : call.arguments)
    file >> std::hex >> argument;
  return call;
}

} // namespace hiisi::test
