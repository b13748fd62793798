#include "actors/roster.hpp"

#include <caf/local_actor.hpp>

#include <algorithm>
#include <utility>

namespace hiisi::actors {

namespace {

/// How many messages of a trace wait to be read.
constexpr size_t trace_room = 4096;

void add_to(std::atomic<uint64_t>& counter, uint64_t amount) noexcept {
  // One writer, so that no locked instruction is needed.
  counter.store(counter.load(std::memory_order_relaxed) + amount,
                std::memory_order_relaxed);
}

} // namespace

roster& roster::instance() {
  // Never destroyed: actors may outlive main's statics.
  static auto* const one = new roster;
  return *one;
}

void roster::add(card_ptr card) {
  const std::lock_guard lock{mutex_};
  const auto id = card->id;
  cards_.insert_or_assign(id, std::move(card));
}

void roster::remove(const card_ptr& card) {
  const std::lock_guard lock{mutex_};
  const auto i = cards_.find(card->id);
  if (i != cards_.end() && i->second == card)
    cards_.erase(i);
}

std::vector<card_ptr> roster::all() const {
  const std::lock_guard lock{mutex_};
  std::vector<card_ptr> out;
  out.reserve(cards_.size());
  for (const auto& [id, card] : cards_)
    out.push_back(card);
  return out;
}

card_ptr roster::find(uint64_t id) const {
  const std::lock_guard lock{mutex_};
  const auto i = cards_.find(id);
  return i == cards_.end() ? nullptr : i->second;
}

void roster::set_tracing(std::function<void()> on_message,
                         std::vector<uint64_t> ignored) {
  const std::lock_guard lock{mutex_};
  tracing_ = static_cast<bool>(on_message);
  on_message_ = std::move(on_message);
  ignored_ = std::move(ignored);
  if (!tracing_) {
    trace_.clear();
    lost_ = 0;
  }
}

void roster::add_traced(traced_message what) {
  const std::lock_guard lock{mutex_};
  const auto is_ignored = [&](uint64_t id) {
    return std::find(ignored_.begin(), ignored_.end(), id) != ignored_.end();
  };
  // What a socket says is heard with every part that is sent.
  const auto ours = std::string_view{what.message}.starts_with("hiisi::");
  if (!on_message_ || !ours || is_ignored(what.from) || is_ignored(what.to))
    return;
  if (trace_.size() >= trace_room) {
    ++lost_;
    return;
  }
  const auto first = trace_.empty();
  trace_.push_back(what);
  if (first)
    on_message_();
}

std::deque<traced_message> roster::take_trace(uint64_t& lost) {
  const std::lock_guard lock{mutex_};
  lost = std::exchange(lost_, 0);
  return std::exchange(trace_, {});
}

actor_card*& current_card() noexcept {
  thread_local actor_card* card = nullptr;
  return card;
}

void note_timer(const char* message,
                std::chrono::steady_clock::time_point due) {
  if (auto* card = current_card())
    card->timers.push_back({message, due});
}

observation::observation(actor_card& card, const char* message) noexcept
    : card_(card),
      outer_(std::exchange(current_card(), &card)),
      message_(message),
      timed_(roster::instance().timing()) {
  add_to(card_.handled, 1);
  if (!card_.timers.empty()) {
    // Which of several is due first is the one that has come.
    const auto fired
        = std::find_if(card_.timers.begin(), card_.timers.end(),
                       [&](const auto& t) { return t.message == message; });
    if (fired != card_.timers.end())
      card_.timers.erase(fired);
  }
  if (!timed_)
    return;
  if (const auto& sender = card.self->current_sender())
    from_ = sender->id();
  begin_ = std::chrono::steady_clock::now();
}

observation::~observation() {
  current_card() = outer_;
  if (!timed_)
    return;
  const std::chrono::nanoseconds took
      = std::chrono::steady_clock::now() - begin_;
  const auto ns = static_cast<uint64_t>(took.count());
  add_to(card_.busy_ns, ns);
  if (ns > card_.longest_ns.load(std::memory_order_relaxed))
    card_.longest_ns.store(ns, std::memory_order_relaxed);
  auto& all = roster::instance();
  if (all.tracing())
    all.add_traced({std::chrono::system_clock::now() - took, from_, card_.id,
                    message_, took, card_.facts.uid});
}

} // namespace hiisi::actors
