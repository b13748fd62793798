#pragma once

#include <stdint.h>

/// What a measured child writes into the FIFO, in one write(2) that is shorter
/// than PIPE_BUF and therefore never mixed with another's. Shared by C and C++.
struct bench_record {
  /// CLOCK_MONOTONIC in nanoseconds, taken before the FIFO was opened.
  int64_t at;
  int32_t pid;
  /// Which child it is, as its parent numbered it.
  uint32_t tag;
};
