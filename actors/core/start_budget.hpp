#pragma once

#include "actors/core/user_limits.hpp"

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace hiisi::core {

/// How often one user's processes have been started within a minute, and may
/// be. Their supervisor counts what is asked for by hand, their process_actors
/// what a policy starts again; they share it, and it locks, since a message to
/// and fro would stand between a crash and the restart.
class start_budget {
public:
  /// From now on there may be so many in a minute; `contact` as in
  /// check_limit().
  void limit(uint64_t most, std::string contact);

  /// Counts one more start. Errors: `limit_exceeded`, and then it is not
  /// counted.
  [[nodiscard]] protocol::result<void> take(std::chrono::nanoseconds now);
  /// Counts one more, whatever the limit.
  void count(std::chrono::nanoseconds now);

  /// How many there were within the last minute.
  [[nodiscard]] uint64_t use(std::chrono::nanoseconds now) const;

private:
  mutable std::mutex mutex_;
  minute_count starts_;
  uint64_t most_ = no_limit;
  std::string contact_;
};

} // namespace hiisi::core
