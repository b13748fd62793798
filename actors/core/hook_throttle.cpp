#include "actors/core/hook_throttle.hpp"

#include <algorithm>
#include <utility>

namespace hiisi::core {

void hook_throttle::add(std::string event) {
  bytes_ += event.size() + 1;
  waiting_.push_back(std::move(event));
  while (waiting_.size() > settings_.waiting_events
         || (bytes_ > settings_.waiting_bytes && !waiting_.empty())) {
    bytes_ -= waiting_.front().size() + 1;
    waiting_.pop_front();
    ++left_out_;
  }
}

std::optional<std::chrono::nanoseconds>
hook_throttle::due_in(std::chrono::nanoseconds now) const {
  if (running_ || waiting_.empty())
    return std::nullopt;
  if (!started_at_)
    return std::chrono::nanoseconds{0};
  return std::max(*started_at_ + settings_.interval - now,
                  std::chrono::nanoseconds{0});
}

std::string hook_throttle::begin(std::chrono::nanoseconds now) {
  running_ = true;
  started_at_ = now;
  std::string input;
  input.reserve(bytes_);
  for (const auto& event : std::exchange(waiting_, {}))
    input.append(event).push_back('\n');
  bytes_ = 0;
  return input;
}

} // namespace hiisi::core
