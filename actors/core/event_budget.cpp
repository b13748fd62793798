#include "actors/core/event_budget.hpp"

#include <algorithm>
#include <utility>

namespace hiisi::core {

event_budget::verdict event_budget::spend(uint32_t uid,
                                          std::chrono::nanoseconds now) {
  auto [i, fresh] = accounts_.try_emplace(uid);
  auto& own = i->second;
  if (fresh) {
    own.left = settings_.burst;
  } else {
    const std::chrono::duration<double> passed = now - own.at;
    own.left = std::min(settings_.burst,
                        own.left + passed.count() * settings_.per_second);
  }
  own.at = now;
  if (own.left < 1) {
    ++own.left_out;
    return {false, 0};
  }
  own.left -= 1;
  return {true, std::exchange(own.left_out, 0)};
}

} // namespace hiisi::core
