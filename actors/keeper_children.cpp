#include "actors/keeper_children.hpp"

#include "actors/caf_compat.hpp"
#include "actors/os/process_identity.hpp"

#include <caf/event_based_actor.hpp>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace hiisi::actors {

namespace {

namespace wire = keeper_wire;

os::sockets_ptr handle_of(const wire::message& m) {
  std::vector<os::fd> attached;
  if (auto process = os::open_process(m.pid, {m.pidfs_inode, m.start_ticks}))
    attached.push_back(std::move(process));
  return std::make_shared<const std::vector<os::fd>>(std::move(attached));
}

} // namespace

keeper_children::keeper_children(caf::event_based_actor* self,
                                 keeper_contact& contact)
    : self_(self), contact_(contact) {}

keeper_child* keeper_children::find(uint32_t id) {
  const auto i = all_.find(id);
  return i != all_.end() ? &i->second : nullptr;
}

keeper_child* keeper_children::holder_of(const wire::message& m) {
  auto* c = find(m.id);
  return c && c->slot.holds(m.run) ? c : nullptr;
}

void keeper_children::lose() {
  for (auto& [id, c] : all_) {
    c.taking = false;
    if (c.slot.lose())
      c.process = handle_of(c.slot.known());
  }
}

void keeper_children::drop_unwatched() {
  std::erase_if(all_, [](const auto& one) { return !one.second.watcher; });
}

void keeper_children::take_or_compare(uint32_t id, keeper_child& c) {
  if (!c.slot.to_be_taken()) {
    c.slot.mark(mark);
    compare(id, c);
    return;
  }
  c.comparing = true;
  if (std::exchange(c.taking, true))
    return;
  if (!c.process)
    c.process = handle_of(c.slot.known());
  contact_.send(c.slot.taking(), c.process);
}

void keeper_children::compare(uint32_t id, keeper_child& c) {
  c.comparing = false;
  c.slot.settle();
  c.process = nullptr;
  tell(
      self_, c.watcher,
      reconcile{c.slot.held_any() ? std::optional{c.slot.held()} : std::nullopt,
                id, c.sockets, contact_.leaves()});
}

void keeper_children::report(const keeper_child& c, child_news what,
                             const wire::message& m) {
  tell(self_, c.watcher, keeper_news{what, m, contact_.leaves()});
}

void keeper_children::mark(wire::message& m) {
  const auto who = os::identify_process(m.pid);
  m.pidfs_inode = who.pidfs_inode;
  m.start_ticks = who.start_ticks;
}

} // namespace hiisi::actors
