#include "actors/core/exit_status.hpp"

namespace hiisi::core {

// The layout is the kernel's, the same on every architecture: the low seven
// bits are the signal, the eighth says whether a core was dumped, the next
// eight are the status of exit(2).
protocol::exit_info exit_from_wait_status(int status, bool unknown,
                                          protocol::wall_time at) {
  using protocol::exit_info;
  if (unknown)
    return {exit_info::kind::unknown, 0, false, at};
  const auto bits = static_cast<unsigned>(status);
  if (const auto signal = bits & 0x7fu; signal != 0)
    return {exit_info::kind::signaled, static_cast<int>(signal),
            (bits & 0x80u) != 0, at};
  return {exit_info::kind::exited, static_cast<int>((bits >> 8) & 0xffu), false,
          at};
}

} // namespace hiisi::core
