#include "actors/core/start_budget.hpp"

#include <utility>

namespace hiisi::core {

void start_budget::limit(uint64_t most, std::string contact) {
  const std::lock_guard lock{mutex_};
  most_ = most;
  contact_ = std::move(contact);
}

protocol::result<void> start_budget::take(std::chrono::nanoseconds now) {
  const std::lock_guard lock{mutex_};
  if (most_ != no_limit)
    if (auto good = check_limit(starts_.within(now), most_,
                                "starts and restarts within a minute",
                                "wait a minute", contact_);
        !good)
      return good;
  starts_.add(now);
  return {};
}

void start_budget::count(std::chrono::nanoseconds now) {
  const std::lock_guard lock{mutex_};
  starts_.add(now);
}

uint64_t start_budget::use(std::chrono::nanoseconds now) const {
  const std::lock_guard lock{mutex_};
  return starts_.within(now);
}

} // namespace hiisi::core
