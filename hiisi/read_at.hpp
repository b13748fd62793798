#pragma once

#include <cerrno>
#include <cstddef>

#include <sys/types.h>
#include <unistd.h>

namespace hiisi::cli {

/// How much of a log is read at once.
inline constexpr size_t block_bytes = size_t{64} * 1024;

/// pread(2), again where a signal came in between.
inline ssize_t read_at(int fd, char* to, size_t bytes, off_t offset) {
  ssize_t got = ::pread(fd, to, bytes, offset);
  while (got < 0 && errno == EINTR)
    got = ::pread(fd, to, bytes, offset);
  return got;
}

} // namespace hiisi::cli
