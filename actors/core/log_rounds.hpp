#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace hiisi::core {

/// When users' logs are looked at: in rounds, the same for everybody, so that
/// any number of users costs one wake-up each round and no more. While a user's
/// logs grow their turn comes every round, while they do not every sixth, and
/// never while nothing of theirs runs.
class log_rounds {
public:
  using time = std::chrono::nanoseconds;

  static constexpr time round = std::chrono::seconds{10};
  static constexpr int64_t quiet_rounds = 6;

  /// Something of that user's writes, from `now` on: their turn comes next
  /// round. Does nothing where they are known already.
  void add(uint32_t uid, time now);
  void remove(uint32_t uid) { due_.erase(uid); }

  /// Whose turn it is; it comes again in the next round.
  [[nodiscard]] std::vector<uint32_t> take_due(time now);

  /// What was looked at `now` has not grown.
  void quiet(uint32_t uid, time now);

  /// When somebody's turn comes; nothing where nobody is known.
  [[nodiscard]] std::optional<time> next() const;

  [[nodiscard]] size_t size() const noexcept { return due_.size(); }

private:
  /// The number of the round in which their turn comes.
  std::map<uint32_t, int64_t> due_;
};

} // namespace hiisi::core
