#include "actors/supervised_children.hpp"

#include "actors/caf_compat.hpp"
#include "actors/core/authorization.hpp"
#include "actors/os/boot_id.hpp"
#include "actors/process_actor.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace hiisi::actors {

namespace {

/// A process_actor that fails this often without a success in between is not
/// rebuilt any more: its record must be what kills it.
constexpr uint32_t max_rebuilds = 3;

/// Name services that did not say who the owner is are asked again.
constexpr std::chrono::seconds ask_again{5};

} // namespace

supervised_children::supervised_children(
    caf::event_based_actor* self, uint32_t uid, supervisor_neighbours to,
    core::process_settings settings, std::shared_ptr<core::start_budget> starts)
    : self_(self),
      uid_(uid),
      to_(std::move(to)),
      settings_(std::move(settings)),
      starts_(std::move(starts)) {}

// -- the actors ---------------------------------------------------------------

child& supervised_children::add(core::process_record record) {
  return add(std::move(record), false, {}, 0);
}

child& supervised_children::add(core::process_record record, bool recovered,
                                std::optional<core::live_record> live,
                                uint32_t rebuilds) {
  const auto id = record.spec->id;
  auto& c = table_.add(record);
  c.left_behind = left_behind(*record.spec);
  auto actor = spawn_process_actor(*self_,
                                   {caf::actor{self_}, to_.keeper, to_.store,
                                    to_.events, to_.ports, to_.write_live,
                                    starts_, true, to_.loggers},
                                   {std::move(record), settings_, owner_of(c),
                                    recovered, std::move(live), rebuilds});
  self_->monitor(actor);
  if (c.left_behind)
    tell(self_, actor, owner_known{});
  table_.attach(id, std::move(actor));
  return c;
}

std::vector<uint32_t> supervised_children::take_over(adopt& m) {
  if (!owner_)
    tell(self_, to_.directory, identify{uid_, caf::actor{self_}});
  std::vector<uint32_t> added;
  for (auto& record : m.records) {
    const auto id = record.spec->id;
    if (table_.contains(id))
      continue; // Two failures in a row bring the records twice.
    auto live = std::find_if(m.live.begin(), m.live.end(),
                             [id](const auto& l) { return l.id == id; });
    add(std::move(record), true,
        live != m.live.end() ? std::optional{*live} : std::nullopt, 0);
    added.push_back(id);
  }
  return added;
}

std::optional<uint32_t>
supervised_children::failed(const caf::actor_addr& who) {
  return table_.take_address(who);
}

void supervised_children::rebuild(uint32_t id) {
  auto& c = table_.at(id);
  auto record = c.view->record;
  const auto rebuilds = c.rebuilds + 1;
  if (rebuilds > max_rebuilds) {
    c.actor = nullptr;
    return;
  }
  core::live_record live;
  live.id = id;
  live.run = record.run;
  live.boot_id = os::this_boot();
  const auto was_up = core::is_up(record.state);
  table_.erase(id);
  auto& again = add(std::move(record), true,
                    was_up ? std::optional{live} : std::nullopt, rebuilds);
  again.rebuilds = rebuilds;
}

void supervised_children::reconfigure(const actors::reconfigure& m) {
  settings_ = m.settings;
  for (const auto& [id, c] : table_.all())
    tell(self_, c.actor, m);
}

// -- the owner ----------------------------------------------------------------

bool supervised_children::left_behind(const core::process_spec& spec) const {
  return owner_ && !core::belongs_to(spec, owner_->name, owner_->home);
}

identity_ptr supervised_children::owner_of(const child& c) const {
  return c.left_behind ? nullptr : owner_;
}

void supervised_children::set_owner(identity_ptr who) {
  const auto same = who == owner_;
  owner_ = std::move(who);
  if (same)
    return;
  for (auto id : table_.ids()) {
    auto& c = table_.at(id);
    c.left_behind = left_behind(c.spec());
  }
}

bool supervised_children::learn_owner(identified& m) {
  // That the name services do not answer is no news of the owner.
  if (!m.who.ok() && m.who.failure().code != protocol::errc::not_found) {
    if (!owner_) {
      tell_self_after(self_, ask_again, identify{uid_, caf::actor{self_}});
      return false;
    }
    m.who = owner_;
  }
  set_owner(m.who.ok() ? *m.who : nullptr);
  return true;
}

void supervised_children::tell_owner(const child& c) {
  tell(self_, c.actor, owner_known{owner_of(c)});
}

void supervised_children::tell_owner() {
  for (const auto& [id, c] : table_.all())
    tell_owner(c);
}

} // namespace hiisi::actors
