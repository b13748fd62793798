#pragma once

#include "actors/os/fd.hpp"

#include <cstdint>

namespace hiisi::os {

/// Which process has a number: that alone does not tell, since numbers are
/// given away again.
struct process_identity {
  /// The inode of its pidfd, unique until the next boot; 0 where the kernel
  /// has no pidfs (before Linux 6.9), and then `start_ticks` must do.
  uint64_t pidfs_inode = 0;
  /// Field 22 of /proc/PID/stat: its start, in clock ticks since boot.
  uint64_t start_ticks = 0;

  friend bool operator==(const process_identity&, const process_identity&)
      = default;
};

/// Of the process that has this number now; zeros where there is none.
[[nodiscard]] process_identity identify_process(int pid);

/// A pidfd of the process with that number and identity, close-on-exec; of no
/// descriptor where it is gone. A zombie is still had.
[[nodiscard]] fd open_process(int pid, const process_identity& who);

} // namespace hiisi::os
