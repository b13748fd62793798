#pragma once

#include "actors/core/latency_histogram.hpp"
#include "actors/core/log_rotation.hpp"
#include "protocol/error.hpp"
#include "protocol/event.hpp"
#include "protocol/request.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <variant>

namespace hiisi::core {

inline constexpr size_t verb_count
    = std::variant_size_v<protocol::command_alternatives>;

/// What has happened to processes.
struct happenings {
  uint64_t starts = 0;
  uint64_t failed_starts = 0;
  uint64_t restarts = 0;
  uint64_t give_ups = 0;
  uint64_t exits_success = 0;
  uint64_t exits_failure = 0;
  uint64_t exits_signal = 0;
  uint64_t exits_unknown = 0;
};

/// What has happened to one user's processes.
struct user_happenings {
  uint64_t restarts = 0;
  /// What those that have ended used.
  std::chrono::nanoseconds cpu{0};
};

/// What tallies have counted, as a plain value.
struct tally_reading {
  uint64_t connections_accepted = 0;
  uint64_t connections_refused = 0;
  /// Open ones by uid.
  std::map<uint32_t, uint64_t> connections;
  uint64_t frames_received = 0;
  uint64_t frames_sent = 0;
  std::array<uint64_t, protocol::errc_count> errors{};
  /// By the index of the request in protocol::command.
  std::array<latency_histogram::reading, verb_count> requests{};
  latency_histogram::reading keeper;
  bool keeper_connected = false;
  happenings happened;
  std::map<uint32_t, user_happenings> users;
  uint64_t log_segments = 0;
  uint64_t log_bytes_rotated = 0;
  uint64_t log_failures = 0;
};

/// What the daemon counts of its own work from its start on. Actors count
/// where things happen, on any thread, and nobody waits for anybody: it is all
/// relaxed atomics, but for what is counted by user, which comes rarely.
class tallies {
public:
  void connection_opened(uint32_t uid);
  void connection_closed(uint32_t uid);
  void connection_refused() noexcept { add(connections_refused_); }

  void frame_received() noexcept { add(frames_received_); }
  void frames_sent(uint64_t count) noexcept {
    frames_sent_.fetch_add(count, std::memory_order_relaxed);
  }

  /// A request has been answered, `took` after it came in.
  void answered(size_t verb, std::chrono::nanoseconds took) noexcept {
    requests_[verb].count(took);
  }
  /// An error was answered, whatever the request.
  void failed(protocol::errc why) noexcept {
    add(errors_[static_cast<size_t>(why)]);
  }

  /// The keeper has answered a request, `took` after it was asked.
  void keeper_answered(std::chrono::nanoseconds took) noexcept {
    keeper_.count(took);
  }
  void keeper_connected(bool is) noexcept {
    keeper_connected_.store(is, std::memory_order_relaxed);
  }

  /// What a look at one user's logs has come to.
  void logs_looked_at(const rotation_report& what) noexcept {
    log_segments_.fetch_add(what.segments, std::memory_order_relaxed);
    log_bytes_rotated_.fetch_add(what.bytes, std::memory_order_relaxed);
    log_failures_.fetch_add(what.failures, std::memory_order_relaxed);
  }

  /// Something has happened to a process; what else happens is ignored.
  void happened(const protocol::event& what);

  [[nodiscard]] tally_reading read() const;

private:
  using counter = std::atomic<uint64_t>;

  static void add(counter& to) noexcept {
    to.fetch_add(1, std::memory_order_relaxed);
  }

  counter connections_accepted_{0};
  counter connections_refused_{0};
  counter frames_received_{0};
  counter frames_sent_{0};
  std::array<counter, protocol::errc_count> errors_{};
  std::array<latency_histogram, verb_count> requests_;
  latency_histogram keeper_;
  std::atomic<bool> keeper_connected_{false};
  counter log_segments_{0};
  counter log_bytes_rotated_{0};
  counter log_failures_{0};
  mutable std::mutex mutex_;
  std::map<uint32_t, uint64_t> connections_;
  happenings happened_;
  std::map<uint32_t, user_happenings> users_;
};

using tallies_ptr = std::shared_ptr<tallies>;

} // namespace hiisi::core
