#include "hiidet/keeper/keeper.hpp"

#include <csignal>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace hiisi::keeper {

int open_process(int32_t pid) {
  char path[32];
  snprintf(path, sizeof path, "/proc/%d", pid);
  return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

bool read_stat_at(int process, proc_stat& seen) {
  char text[1024];
  if (read_at(process, "stat", text, sizeof text) <= 0)
    return false;
  // The name in parentheses may hold anything, parentheses too.
  const char* rest = strrchr(text, ')');
  return rest != nullptr && sscanf(text, "%d", &seen.pid) == 1
         && sscanf(rest,
                   ") %c %d %d %d %*d %*d %u %*u %*u %*u %*u %*u %*u %*d %*d "
                   "%*d %*d %*d %*d %lu",
                   &seen.state, &seen.parent, &seen.group, &seen.session,
                   &seen.flags, &seen.start_ticks)
                == 6;
}

bool read_stat(int32_t pid, proc_stat& seen) {
  const int process = open_process(pid);
  const bool found = process >= 0 && read_stat_at(process, seen);
  close(process);
  return found;
}

void send_signal(int process, int number) {
  if (syscall(SYS_pidfd_send_signal, process, number, nullptr, 0) == 0
      && number == SIGTERM)
    syscall(SYS_pidfd_send_signal, process, SIGCONT, nullptr, 0);
}

long read_at(int directory, const char* path, char* buffer,
             unsigned long size) {
  const int fd = openat(directory, path, O_RDONLY | O_CLOEXEC);
  unsigned long filled = 0;
  ssize_t got = -1;
  while (filled + 1 < size
         && (got = read(fd, buffer + filled, size - 1 - filled)) > 0)
    filled += static_cast<unsigned long>(got);
  close(fd);
  buffer[filled] = '\0';
  return got < 0 && filled == 0 ? -1 : static_cast<long>(filled);
}

} // namespace hiisi::keeper
