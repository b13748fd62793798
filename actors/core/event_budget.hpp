#pragma once

#include <chrono>
#include <cstdint>
#include <unordered_map>

namespace hiisi::core {

/// How many events of one user are kept, so that a loop of one user's does not
/// push everybody else's out of the log.
struct event_budget_settings {
  /// That many at once: a thousand processes may well start in one second.
  double burst = 10'000;
  /// And that many a second in the long run.
  double per_second = 10;
};

/// Counts each user's events. What is beyond the budget is left out, and the
/// next event that fits says how many were.
class event_budget {
public:
  explicit event_budget(event_budget_settings settings = {})
      : settings_(settings) {}

  struct verdict {
    bool keep = true;
    /// Left out since the last one that was kept.
    uint64_t left_out = 0;
  };

  /// One more event of `uid`, at `now` (any clock that never jumps).
  [[nodiscard]] verdict spend(uint32_t uid, std::chrono::nanoseconds now);

private:
  struct account {
    double left = 0;
    std::chrono::nanoseconds at{};
    uint64_t left_out = 0;
  };

  event_budget_settings settings_;
  std::unordered_map<uint32_t, account> accounts_;
};

} // namespace hiisi::core
