#include "actors/keeper_runs.hpp"

#include "actors/caf_compat.hpp"

#include <utility>

namespace hiisi::actors {

namespace wire = keeper_wire;

keeper_runs::keeper_runs(caf::event_based_actor* self, caf::actor keeper,
                         run_numbers numbers, uint32_t seed, listener on_end)
    : self_(self),
      keeper_(std::move(keeper)),
      numbers_(numbers),
      on_end_(std::move(on_end)),
      next_(number(seed)) {}

/// They wrap around within the numbers of their kind.
uint32_t keeper_runs::number(uint32_t count) const noexcept {
  return numbers_.first | (count & numbers_.mask);
}

uint32_t keeper_runs::start(std::shared_ptr<const os::launch_spec> plan,
                            os::sockets_ptr sockets) {
  while (uids_.contains(next_))
    next_ = number(next_ + 1);
  const auto id = std::exchange(next_, number(next_ + 1));
  uids_.emplace(id, plan->uid);
  const caf::actor watcher{self_};
  tell(self_, keeper_, watch_child{id, watcher, false});
  if (sockets)
    tell(self_, keeper_, hold_sockets{id, std::move(sockets)});
  tell(self_, keeper_, spawn_child{id, id, std::move(plan), watcher});
  return id;
}

void keeper_runs::cancel(uint32_t id) {
  command(wire::kind::kill, id);
}

void keeper_runs::command(wire::kind what, uint32_t id) {
  const auto i = uids_.find(id);
  if (i == uids_.end())
    return;
  wire::message m;
  m.what = what;
  m.id = m.run = id;
  m.uid = i->second;
  tell(self_, keeper_, command_child{m});
}

void keeper_runs::hear(const keeper_news& news) {
  const auto& m = news.slot;
  switch (news.what) {
  case child_news::spawned:
    tell(self_, keeper_, release_child{m.id, m.run});
    break;
  case child_news::started:
  case child_news::hold_refused: // Then it does without.
    break;
  case child_news::start_failed:
    finish({m.id, ending::start_failed, m});
    break;
  case child_news::refused:
    if (m.value == static_cast<uint32_t>(wire::kind::spawn))
      finish({m.id, ending::refused, m});
    break;
  case child_news::exited:
  case child_news::emptied:
    if (m.how_far == wire::phase::empty)
      ended(m);
    break;
  }
}

void keeper_runs::hear(const spawn_impossible& m) {
  finish({m.run, ending::impossible, {}, m.reason});
}

void keeper_runs::hear(const reconcile& m) {
  if (!m.slot)
    finish({m.id, ending::lost});
  else if (m.slot->how_far == wire::phase::empty)
    ended(*m.slot);
  else if (m.slot->how_far == wire::phase::gated)
    cancel(m.id);
}

void keeper_runs::ended(const wire::message& slot) {
  command(wire::kind::acknowledge, slot.id);
  finish({slot.id, ending::ended, slot});
}

void keeper_runs::finish(end what) {
  if (uids_.erase(what.id) == 0)
    return;
  tell(self_, keeper_, unwatch_child{what.id});
  on_end_(what);
}

} // namespace hiisi::actors
