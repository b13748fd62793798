#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace hiisi::core {

/// How long something took, counted by length, in the way that Prometheus
/// wants it. Any thread may count and any may read; nobody waits.
class latency_histogram {
public:
  /// The upper bounds of all buckets but the last, which has none. A request
  /// that only looks takes some 100 us; a stop may climb its whole ladder.
  static constexpr std::array<std::chrono::microseconds, 15> bounds
      = {std::chrono::microseconds{50},  std::chrono::microseconds{100},
         std::chrono::microseconds{250}, std::chrono::microseconds{500},
         std::chrono::milliseconds{1},   std::chrono::microseconds{2500},
         std::chrono::milliseconds{5},   std::chrono::milliseconds{10},
         std::chrono::milliseconds{25},  std::chrono::milliseconds{50},
         std::chrono::milliseconds{100}, std::chrono::milliseconds{500},
         std::chrono::seconds{1},        std::chrono::seconds{5},
         std::chrono::seconds{15}};

  /// What has been counted so far; each bucket for itself.
  struct reading {
    std::array<uint64_t, bounds.size() + 1> buckets{};
    std::chrono::nanoseconds sum{0};
  };

  void count(std::chrono::nanoseconds took) noexcept {
    took = std::max(took, std::chrono::nanoseconds{0});
    const auto* bucket = std::lower_bound(bounds.begin(), bounds.end(), took);
    buckets_[static_cast<size_t>(bucket - bounds.begin())].fetch_add(
        1, std::memory_order_relaxed);
    sum_.fetch_add(static_cast<uint64_t>(took.count()),
                   std::memory_order_relaxed);
  }

  [[nodiscard]] reading read() const noexcept {
    reading out;
    for (size_t i = 0; i < buckets_.size(); ++i)
      out.buckets[i] = buckets_[i].load(std::memory_order_relaxed);
    out.sum = std::chrono::nanoseconds{sum_.load(std::memory_order_relaxed)};
    return out;
  }

private:
  std::array<std::atomic<uint64_t>, bounds.size() + 1> buckets_{};
  std::atomic<uint64_t> sum_{0};
};

} // namespace hiisi::core
