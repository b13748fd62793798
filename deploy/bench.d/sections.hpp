#pragma once

#include "deploy/bench.d/subject.hpp"

namespace hiisi::bench {

/// What all sections need to know.
struct run_settings {
  places where;
  /// Measure the floor without Hiisi beside it.
  bool floor_only = false;
  /// How often one request is measured, and how often what is slow.
  size_t samples = 200;
  size_t rounds = 7;
  /// How many windows of 10 s nothing is to happen in.
  size_t idle_windows = 3;
  /// How much a child writes for the last figure (bytes).
  uint64_t output_bytes = 1'000'000'000;
};

/// Request to first instruction, and crash to the replacement's.
void measure_latencies(const run_settings& settings);

/// Memory without children; memory, status and idle cost with a hundred.
void measure_a_hundred(const run_settings& settings);

/// `count` starts at once and `count` stops at once, each round by a daemon of
/// its own; with `settled`, memory and status in between as well.
void measure_storm(const run_settings& settings, size_t count, bool settled);

/// A child's output, on its way into a file.
void measure_output(const run_settings& settings);

/// Scrapes of metrics, looks inside the daemon while it is busy, its memory
/// with a thousand processes, and that nothing wakes up when nobody looks.
void measure_metrics(const run_settings& settings);

/// Allocations of ports, alone and by many at once, and a look at the kernel's
/// sockets.
void measure_ports(const run_settings& settings);

/// From the start of a daemon that was killed to its first answer.
void measure_recovery(const run_settings& settings);

} // namespace hiisi::bench
