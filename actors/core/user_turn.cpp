#include "actors/core/user_turn.hpp"

#include <algorithm>
#include <utility>

namespace hiisi::core {

void user_turn::spend(size_t bytes) noexcept {
  left_ -= std::min(left_, 1 + bytes / bytes_as_a_frame);
}

bool user_turn::ask() noexcept {
  return !std::exchange(asked_, true);
}

void user_turn::begin() noexcept {
  asked_ = false;
  left_ = frames;
}

std::optional<uint64_t> user_turn::next() {
  if (over() || line_.empty())
    return std::nullopt;
  const auto first = line_.front();
  line_.pop_front();
  return first;
}

} // namespace hiisi::core
