#pragma once

#include <cstdint>

#include <sys/resource.h>
#include <sys/types.h>

namespace hiisi::keeper {

/// What is settled at start-up and never changes.
struct setup {
  const char* socket = nullptr;
  const char* cgroup = "hiisi";
  uid_t daemon_uid = 0;
  unsigned idle_exit = 10;
  bool guardian = false;
  bool root = false;
  int epoll = -1;
  /// RLIMIT_NOFILE as we found it, for the children, and as we set it.
  rlimit files{};
  rlimit own_files{};
  /// A random word, new for each keeper: part of HIISI_RUN, by which a
  /// process that has left its session and parent is still known as ours.
  char nonce[17] = "";
};

extern setup given;

/// What an epoll event is about; beside it, in `data.u64`, a slot's index.
enum class source : uint32_t { listener, connection, signals, channel, events };

/// Watches `fd`. False, with errno, when epoll cannot.
bool watch(int fd, source what, uint32_t events, uint32_t index = 0);
/// Stops watching `fd` before closing it: a child that was just forked may
/// still hold a copy, which would keep it in the epoll set.
void unwatch(int& fd);

[[nodiscard]] uint64_t monotonic_ms();

/// One line for the admin on stderr, with a level in the style of sd-daemon:
/// "<4>hiisi-keeper: what: text of `error`" (no text when it is 0).
void log_line(int level, const char* what, int error = 0);

} // namespace hiisi::keeper
