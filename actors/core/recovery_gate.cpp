#include "actors/core/recovery_gate.hpp"

#include <utility>

namespace hiisi::core {

void recovery_gate::found(uint32_t id) {
  uncompared_.insert(id);
}

void recovery_gate::compared(uint32_t id) {
  uncompared_.erase(id);
  answer_if_open();
}

void recovery_gate::give_up() {
  uncompared_.clear();
  answer_if_open();
}

void recovery_gate::when_open(std::function<void()> answer) {
  if (open())
    answer();
  else
    waiting_.push_back(std::move(answer));
}

void recovery_gate::answer_if_open() {
  if (open())
    for (const auto& answer : std::exchange(waiting_, {}))
      answer();
}

} // namespace hiisi::core
