#include "hiidet/keeper/setup.hpp"

#include <cstdio>
#include <cstring>
#include <ctime>

#include <sys/epoll.h>
#include <unistd.h>

namespace hiisi::keeper {

setup given;

bool watch(int fd, source what, uint32_t events, uint32_t index) {
  epoll_event wanted{};
  wanted.events = events;
  wanted.data.u64 = static_cast<uint64_t>(what) << 32 | index;
  return epoll_ctl(given.epoll, EPOLL_CTL_ADD, fd, &wanted) == 0;
}

void unwatch(int& fd) {
  if (fd < 0)
    return;
  epoll_ctl(given.epoll, EPOLL_CTL_DEL, fd, nullptr);
  close(fd);
  fd = -1;
}

uint64_t monotonic_ms() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000U
         + static_cast<uint64_t>(now.tv_nsec) / 1'000'000U;
}

void log_line(int level, const char* what, int error) {
  char line[512];
  const auto* reason = error != 0 ? strerrordesc_np(error) : nullptr;
  const auto size = snprintf(line, sizeof line, "<%d>hiisi-keeper: %s%s%s\n",
                             level, what, reason != nullptr ? ": " : "",
                             reason != nullptr ? reason : "");
  const auto cut = static_cast<size_t>(size) < sizeof line
                       ? static_cast<size_t>(size)
                       : sizeof line - 1;
  (void)!write(STDERR_FILENO, line, cut);
}

} // namespace hiisi::keeper
