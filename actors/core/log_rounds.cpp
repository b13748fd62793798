#include "actors/core/log_rounds.hpp"

#include <algorithm>

namespace hiisi::core {

void log_rounds::add(uint32_t uid, time now) {
  due_.try_emplace(uid, now / round + 1);
}

std::vector<uint32_t> log_rounds::take_due(time now) {
  std::vector<uint32_t> out;
  for (auto& [uid, turn] : due_)
    if (turn <= now / round) {
      out.push_back(uid);
      turn = now / round + 1;
    }
  return out;
}

void log_rounds::quiet(uint32_t uid, time now) {
  if (auto i = due_.find(uid); i != due_.end())
    i->second = now / round + quiet_rounds;
}

std::optional<log_rounds::time> log_rounds::next() const {
  const auto first = std::ranges::min_element(
      due_, {}, [](const auto& one) { return one.second; });
  if (first == due_.end())
    return std::nullopt;
  return first->second * round;
}

} // namespace hiisi::core
