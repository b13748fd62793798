#pragma once

#include "deploy/bench.d/record.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hiisi::bench {

/// Nanoseconds of CLOCK_MONOTONIC, the clock that the children report.
[[nodiscard]] int64_t now();

[[nodiscard]] inline double in_ms(int64_t nanoseconds) {
  return static_cast<double>(nanoseconds) / 1e6;
}

void sleep_for(std::chrono::milliseconds time);

/// Prints what went wrong and ends the program with status 1, for a benchmark
/// that goes on after a failure prints figures that mean nothing.
[[noreturn]] void give_up(const std::string& what);

/// A connected Unix stream socket.
class stream {
public:
  /// Connects to `path`, trying again for 15 s while nobody listens there.
  explicit stream(const std::string& path);
  ~stream();
  stream(const stream&) = delete;
  stream& operator=(const stream&) = delete;

  void send(std::string_view bytes);

  /// Some bytes, at least one; gives up after 120 s of silence.
  [[nodiscard]] std::string receive();

  /// Takes in what has come, for receive() to return.
  void fill();

  [[nodiscard]] int descriptor() const noexcept { return fd_; }

private:
  int fd_;
  std::string pending_;
};

/// The FIFO into which children write their records.
class record_fifo {
public:
  /// Makes the FIFO at `path`.
  explicit record_fifo(std::string path);
  ~record_fifo();
  record_fifo(const record_fifo&) = delete;
  record_fifo& operator=(const record_fifo&) = delete;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  /// Waits until `count` further records are there; gives up after 60 s. Takes
  /// in meanwhile what comes over `answers`, as any client would: a daemon that
  /// cannot get rid of its answers may stop to start children.
  [[nodiscard]] std::vector<bench_record> take(size_t count,
                                               stream* answers = nullptr);

private:
  std::string path_;
  int fd_;
};

} // namespace hiisi::bench
