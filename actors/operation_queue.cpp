#include "actors/operation_queue.hpp"

#include <utility>

namespace hiisi::actors {

void operation_queue::push(operate what) {
  waiting_.push_back(std::move(what));
}

const operate* operation_queue::begin_next() {
  if (current_ || waiting_.empty())
    return nullptr;
  current_ = std::move(waiting_.front());
  waiting_.pop_front();
  return &*current_;
}

bool operation_queue::ending_asked() const noexcept {
  return current_ && !is(operation_kind::start);
}

bool operation_queue::start_asked() const noexcept {
  return is(operation_kind::start) || restarting();
}

bool operation_queue::restarting() const noexcept {
  return is(operation_kind::restart);
}

void operation_queue::finish(uint32_t id, protocol::result<void> outcome) {
  done_.push_back({id, current_->operation, std::move(outcome)});
  current_.reset();
}

std::vector<operation_done> operation_queue::take_done() {
  return std::exchange(done_, {});
}

} // namespace hiisi::actors
