#pragma once

#include <cstdint>

namespace hiisi::keeper {

/// What /proc/PID/stat tells of a process.
struct proc_stat {
  int32_t pid;
  int32_t parent;
  int32_t group;
  int32_t session;
  bool zombie;
  /// It was forked and has not called execve since.
  bool never_executed;
  uint64_t start_ticks;
};

/// Reads /proc/`pid`/stat. False when there is no such process.
[[nodiscard]] bool read_stat(int32_t pid, proc_stat& seen);

/// A directory of /proc as a handle: what is read and signalled through it is
/// the process it was opened for, never a later one of that number. -1, with
/// errno, when there is none.
[[nodiscard]] int open_process(int32_t pid);
[[nodiscard]] bool read_stat_at(int process, proc_stat& seen);

/// Signals by a pidfd or a handle of open_process(). A SIGTERM is followed by
/// SIGCONT, since a stopped process would not see it. False when it has gone.
bool send_signal(int process, int number);

/// Reads a file under `directory` into `buffer` and ends it with NUL. Returns
/// its size, cut to what the buffer holds, or -1 with errno.
[[nodiscard]] long read_at(int directory, const char* path, char* buffer,
                           unsigned long size);

} // namespace hiisi::keeper
