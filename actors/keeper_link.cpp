#include "actors/keeper_link.hpp"

#include "actors/caf_compat.hpp"
#include "actors/keeper_children.hpp"
#include "actors/keeper_contact.hpp"
#include "actors/keeper_farewells.hpp"
#include "actors/keeper_leftovers.hpp"
#include "actors/observed.hpp"
#include "actors/os/clock.hpp"
#include "actors/os/hook_launch.hpp"
#include "actors/os/leaf_files.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace hiisi::actors {

namespace {

namespace wire = keeper_wire;
using namespace std::chrono_literals;

constexpr auto start_round = 10s;
/// Nearly all starts are over by then, and nothing wakes up for them again.
constexpr auto first_look_at_starts = 1s;
/// After a connection, process_actors of all records have come by then.
constexpr auto claim_patience = 5s;

class link_state {
public:
  static inline const char* name = "keeper_link";

  explicit link_state(caf::event_based_actor* self) : self_(self) {}

  void init(keeper_dialer dial, link_reports reports) {
    reports_ = std::move(reports);
    contact_.emplace(self_, std::move(dial), reports_.warn);
    children_.emplace(self_, *contact_);
    leftovers_.emplace(*contact_);
    farewells_.emplace(self_, *contact_);
    connect();
  }

  caf::behavior make_behavior() {
    return observed(
        self_, "event-based", {name, {}, 0, {}, 0},
        {[this] { return line(); }, [this] { return whole(); }},
        [this](watch_child& m) { watch(m); },
        [this](unwatch_child& m) { unwatch(m.id); },
        [this](spawn_child& m) { spawn(m); },
        [this](command_child& m) { command(m.what); },
        [this](release_child& m) { release(m); },
        [this](hold_sockets& m) { hold(m); },
        [this](check_starts&) { end_late_starts(); },
        [this](acknowledge_some&) { farewells_->send_some(); },
        [this](flush&) {
          farewells_->send_all();
          return flush{};
        },
        [this](check_unclaimed& m) {
          if (m.connection == contact_->number() && ready_)
            look_again();
        },
        [this](keeper_said& m) {
          if (m.connection == contact_->number())
            hear(m.what, std::move(m.attached));
        },
        [this](keeper_lost& m) {
          if (m.connection == contact_->number() && contact_->connected())
            lost();
        },
        [this](reconnect&) { connect(); });
  }

private:
  // -- for those who look -----------------------------------------------------

  std::string line() const {
    return std::string{ready_                  ? "ready"
                       : contact_->connected() ? "greeting"
                                               : "not connected"}
           + ", " + std::to_string(children_->size()) + " processes";
  }

  core::ron::value whole() const {
    std::vector<core::ron::value> slots;
    for (const auto& [id, c] : *children_)
      slots.push_back(core::portrait_of(id, c.slot)
                          .add("watched", static_cast<bool>(c.watcher))
                          .build());
    return contact_->portrait(ready_)
        .add("slots", core::ron::value::list(std::move(slots)))
        .build();
  }

  // -- the connection ---------------------------------------------------------

  void connect() {
    if (contact_->dial())
      children_->drop_unwatched();
  }

  void lost() {
    const auto was_ready = std::exchange(ready_, false);
    children_->lose();
    reports_.tallies->keeper_connected(false);
    if (contact_->lose(was_ready))
      connect();
  }

  // -- from process_actors ----------------------------------------------------

  void watch(watch_child& m) {
    leftovers_->remove(m.id);
    auto& c = (*children_)[m.id];
    c.watcher = std::move(m.watcher);
    c.comparing = m.recovered;
    if (m.known)
      c.slot.know(*m.known);
    if (ready_ && c.comparing)
      children_->take_or_compare(m.id, c);
  }

  /// What the keeper may still hold of it, or has been asked to start, is
  /// nobody's any more: a start that could not be put on record is forgotten
  /// while its child is being made.
  void unwatch(uint32_t id) {
    const auto* c = children_->find(id);
    if (!c)
      return;
    if (c->sockets)
      hold({id, nullptr});
    if (c->slot.held_any() || c->asked_at.count() != 0)
      leftovers_->add(id);
    farewells_->send(id);
    children_->erase(id);
  }

  void spawn(spawn_child& m) {
    wire::message request;
    request.what = wire::kind::spawn;
    request.id = m.id;
    request.run = m.run;
    request.uid = m.launch->uid;
    if (!ready_) {
      tell(self_, m.watcher,
           spawn_impossible{m.run, "could not start: the keeper "
                                   "(hiisi-keeper) is not there just now; try "
                                   "again in a moment"});
      return;
    }
    auto block = os::make_launch_block(*m.launch);
    if (block.ok()) {
      if (auto* c = children_->find(m.id))
        c->asked_at = os::boottime();
      farewells_->send(m.id);
      contact_->spawn(request, *std::move(block));
    } else
      tell(self_, m.watcher,
           spawn_impossible{m.run,
                            "could not start: " + block.failure().message});
  }

  void command(const wire::message& what) {
    if (what.what == wire::kind::acknowledge) {
      if (auto* c = children_->holder_of(what))
        c->slot.clear();
      farewells_->add(what);
    } else if (contact_->connected()) {
      contact_->send(what);
    }
  }

  void release(const release_child& m) {
    auto* c = children_->find(m.id);
    if (!c || !c->slot.release(m.run, round_))
      return;
    contact_->release(m.id);
    if (!std::exchange(checking_, true))
      tell_self_after(self_, first_look_at_starts, check_starts{});
  }

  void hold(const hold_sockets& m) {
    (*children_)[m.id].sockets = m.sockets;
    if (contact_->connected())
      send_sockets(m.id, m.sockets);
  }

  void send_sockets(uint32_t id, const os::sockets_ptr& sockets) {
    wire::message request;
    request.what = wire::kind::hold;
    request.id = id;
    contact_->send(request, sockets);
  }

  /// Kills what has been on its way to execve since before this round.
  void end_late_starts() {
    checking_ = false;
    for (auto& [id, c] : *children_) {
      if (!c.slot.starting())
        continue;
      checking_ = true;
      if (!c.slot.late(round_))
        continue;
      command(c.slot.end_late());
    }
    ++round_;
    if (checking_)
      tell_self_after(self_, start_round, check_starts{});
  }

  // -- from the keeper --------------------------------------------------------

  void hear(const wire::message& m, os::sockets_ptr attached) {
    contact_->heard(m);
    switch (m.what) {
    case wire::kind::welcome:
      if (m.value != wire::version)
        warn_of_release();
      break;
    case wire::kind::slot:
      if (ready_)
        note(m);
      else if (!farewells_->waits(m))
        (*children_)[m.id].slot.set(m);
      break;
    case wire::kind::held:
      note_held(m.id, std::move(attached));
      break;
    case wire::kind::listed:
      become_ready();
      break;
    case wire::kind::started:
      // Its last word before execve, which it may have been killed in.
      if (auto* c = children_->holder_of(m); c && c->watcher && c->slot.start())
        children_->report(*c, child_news::started, c->slot.held());
      break;
    case wire::kind::start_failed:
      // Its end follows, and is told as a start that failed.
      if (auto* c = children_->find(m.id))
        c->slot.give_up(m.at, m.error);
      break;
    case wire::kind::refused:
      refused(m);
      break;
    default:
      break;
    }
  }

  void warn_of_release() {
    reports_.warn(
        "the keeper that runs is of another release than this daemon: install "
        "both from one, then restart the keeper (systemctl restart "
        "hiisi-keeper; otherwise end it and its guardian and start hiidet "
        "anew); services run on");
  }

  void note_held(uint32_t id, os::sockets_ptr sockets) {
    auto& c = (*children_)[id];
    // Who holds some of its own knows better.
    if (!c.sockets)
      c.sockets = std::move(sockets);
  }

  void become_ready() {
    ready_ = true;
    reports_.tallies->keeper_connected(true);
    contact_->established();
    farewells_->send_all();
    // One in which a child waits at its gate is empty only a little later.
    bool unclaimed = clear_leaves();
    const auto first_time = reports_.ready != nullptr;
    for (auto& [id, c] : *children_) {
      if (c.watcher) {
        // A keeper that died has lost them.
        if (c.sockets)
          send_sockets(id, c.sockets);
        children_->take_or_compare(id, c);
      } else if (os::is_hook_run(id)) {
        leftovers_->clear_away(c.slot.held());
        if (c.sockets)
          send_sockets(id, nullptr);
      } else if (c.slot.held_any() && first_time
                 && id >= reports_.first_unrecorded) {
        leftovers_->add(id);
        leftovers_->clear_away(c.slot.held());
        c.slot.clear();
      } else if (c.slot.held_any()) {
        unclaimed = true;
      }
    }
    if (unclaimed)
      tell_self_after(self_, claim_patience,
                      check_unclaimed{contact_->number()});
    if (auto report = std::exchange(reports_.ready, nullptr))
      report();
  }

  /// Whether there were any to be removed.
  bool clear_leaves() {
    bool found = false;
    if (!contact_->leaves())
      return found;
    for (const auto& leaf : os::leaves_below(*contact_->leaves())) {
      const auto* held = children_->find(leaf.id);
      if (held && held->slot.held_any())
        continue;
      leftovers_->remove_leaf(leaf.uid, leaf.id);
      found = true;
    }
    return found;
  }

  void look_again() {
    clear_leaves();
    for (auto& [id, c] : *children_) {
      if (c.watcher || !c.slot.held_any())
        continue;
      if (c.slot.held().how_far == wire::phase::empty) {
        // Its record is removed; a daemon that was killed has not said so.
        leftovers_->clear_away(c.slot.held());
        c.slot.clear();
      } else {
        reports_.warn("the keeper holds a process " + std::to_string(id)
                      + " that is not on record; it is left alone");
      }
    }
  }

  /// Keeps in mind what the keeper holds, and tells what has happened to it.
  void note(const wire::message& m) {
    if (leftovers_->take(m))
      return;
    auto* found = children_->find(m.id);
    if (!found || !found->watcher) {
      if (os::is_hook_run(m.id))
        leftovers_->clear_away(m);
      return;
    }
    auto& c = *found;
    if (const auto asked = std::exchange(c.asked_at, {}); asked.count() != 0)
      reports_.tallies->keeper_answered(os::boottime() - asked);
    if (std::exchange(c.taking, false)) {
      c.slot.set(m);
      children_->compare(m.id, c);
      return;
    }
    const auto told = c.slot.note(m, keeper_children::mark);
    if (!told)
      return;
    children_->report(c, told->what, told->slot);
    if (told->what == child_news::start_failed) {
      auto request = told->slot;
      request.what = wire::kind::acknowledge;
      contact_->send(request);
    }
  }

  void refused(const wire::message& m) {
    const auto request = static_cast<wire::kind>(m.value);
    if (request == wire::kind::hello) {
      warn_of_release();
      return;
    }
    auto* found = children_->find(m.id);
    if (!found || !found->watcher)
      return;
    auto& c = *found;
    if (request == wire::kind::take && std::exchange(c.taking, false)) {
      children_->compare(m.id, c);
    } else if (request == wire::kind::hold) {
      c.sockets = nullptr;
      children_->report(c, child_news::hold_refused, m);
    } else if (request == wire::kind::spawn) {
      children_->report(c,
                        m.at == wire::stage::none ? child_news::refused
                                                  : child_news::start_failed,
                        m);
    }
  }

  caf::event_based_actor* self_;
  link_reports reports_;
  std::optional<keeper_contact> contact_;
  std::optional<keeper_leftovers> leftovers_;
  std::optional<keeper_farewells> farewells_;
  bool ready_ = false;
  /// Starts are watched in rounds of 10 s, the first of 1 s, with one timer for
  /// all.
  uint64_t round_ = 0;
  bool checking_ = false;
  std::optional<keeper_children> children_;
};

caf::behavior keeper_link(caf::stateful_actor<link_state>* self,
                          keeper_dialer dial, link_reports reports) {
  auto& state = state_of(self);
  state.init(std::move(dial), std::move(reports));
  return state.make_behavior();
}

} // namespace

caf::actor spawn_keeper_link(caf::actor_system& system, keeper_dialer dial,
                             link_reports reports) {
  return system.spawn(keeper_link, std::move(dial), std::move(reports));
}

} // namespace hiisi::actors
