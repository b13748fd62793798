#include "hiidet/keeper/proc.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace hiisi::keeper {
namespace {

/// PF_FORKNOEXEC of the kernel's include/linux/sched.h, in field 9.
constexpr unsigned long fork_no_exec = 0x40;

bool parse(char* text, proc_stat& seen) {
  // The name in parentheses may hold anything, parentheses too.
  char* at = strrchr(text, ')');
  if (at == nullptr || strlen(at) < 4)
    return false;
  seen.pid = static_cast<int32_t>(strtol(text, nullptr, 10));
  seen.zombie = at[2] == 'Z' || at[2] == 'X';
  at += 3;
  for (int field = 4; field <= 22; ++field) {
    const auto value = strtoull(at, &at, 10);
    if (field == 4)
      seen.parent = static_cast<int32_t>(value);
    else if (field == 5)
      seen.group = static_cast<int32_t>(value);
    else if (field == 6)
      seen.session = static_cast<int32_t>(value);
    else if (field == 9)
      seen.never_executed = (value & fork_no_exec) != 0;
    else if (field == 22)
      seen.start_ticks = value;
  }
  return true;
}

} // namespace

bool read_stat_at(int process, proc_stat& seen) {
  char text[1024];
  return read_at(process, "stat", text, sizeof text) > 0 && parse(text, seen);
}

bool read_stat(int32_t pid, proc_stat& seen) {
  char path[32];
  char text[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  return read_at(AT_FDCWD, path, text, sizeof text) > 0 && parse(text, seen);
}

int open_process(int32_t pid) {
  char path[32];
  snprintf(path, sizeof path, "/proc/%d", pid);
  return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

bool send_signal(int process, int number) {
  if (syscall(SYS_pidfd_send_signal, process, number, nullptr, 0) != 0)
    return false;
  if (number == SIGTERM)
    syscall(SYS_pidfd_send_signal, process, SIGCONT, nullptr, 0);
  return true;
}

long read_at(int directory, const char* path, char* buffer,
             unsigned long size) {
  const int fd = openat(directory, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0)
    return -1;
  unsigned long filled = 0;
  ssize_t got = 0;
  while (filled + 1 < size
         && (got = read(fd, buffer + filled, size - 1 - filled)) > 0)
    filled += static_cast<unsigned long>(got);
  close(fd);
  buffer[filled] = '\0';
  return got < 0 && filled == 0 ? -1 : static_cast<long>(filled);
}

} // namespace hiisi::keeper
