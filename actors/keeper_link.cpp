#include "actors/keeper_link.hpp"

#include "actors/caf_compat.hpp"
#include "actors/core/child_slot.hpp"
#include "actors/keeper_contact.hpp"
#include "actors/keeper_farewells.hpp"
#include "actors/keeper_leftovers.hpp"
#include "actors/observed.hpp"
#include "actors/os/clock.hpp"
#include "actors/os/hook_launch.hpp"
#include "actors/os/leaf_files.hpp"
#include "actors/os/process_identity.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
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
           + ", " + std::to_string(children_.size()) + " processes";
  }

  core::ron::value whole() const {
    std::vector<core::ron::value> slots;
    for (const auto& [id, c] : children_)
      slots.push_back(core::portrait_of(id, c.slot)
                          .add("watched", static_cast<bool>(c.watcher))
                          .build());
    return contact_->portrait(ready_)
        .add("slots", core::ron::value::list(std::move(slots)))
        .build();
  }

  struct child {
    caf::actor watcher;
    core::child_slot slot{};
    /// The first process of what the slot knows, from the moment that keeper
    /// was lost, so that how it ends meanwhile can be asked; of none where it
    /// is gone.
    os::sockets_ptr process{};
    /// When the keeper was asked to fork it; zero once it has answered.
    std::chrono::nanoseconds asked_at{0};
    /// The watcher waits for a comparison.
    bool comparing = false;
    /// The keeper has been asked to take over what the slot knows.
    bool taking = false;
    /// What the keeper stores for it, or is to.
    os::sockets_ptr sockets{};
  };

  // -- the connection ---------------------------------------------------------

  void connect() {
    if (contact_->dial())
      std::erase_if(children_, [](const auto& c) { return !c.second.watcher; });
  }

  void lost() {
    const auto was_ready = std::exchange(ready_, false);
    for (auto& [id, c] : children_) {
      c.taking = false;
      if (c.slot.lose())
        c.process = handle_of(c.slot.known());
    }
    reports_.tallies->keeper_connected(false);
    if (contact_->lose(was_ready))
      connect();
  }

  static os::sockets_ptr handle_of(const wire::message& m) {
    std::vector<os::fd> attached;
    if (auto process = os::open_process(m.pid, {m.pidfs_inode, m.start_ticks}))
      attached.push_back(std::move(process));
    return std::make_shared<const std::vector<os::fd>>(std::move(attached));
  }

  /// Whose number that is just now.
  static void mark(wire::message& m) {
    const auto who = os::identify_process(m.pid);
    m.pidfs_inode = who.pidfs_inode;
    m.start_ticks = who.start_ticks;
  }

  // -- from process_actors ----------------------------------------------------

  void watch(watch_child& m) {
    leftovers_->remove(m.id);
    auto& c = children_[m.id];
    c.watcher = std::move(m.watcher);
    c.comparing = m.recovered;
    if (m.known)
      c.slot.know(*m.known);
    if (ready_ && c.comparing)
      take_or_compare(m.id, c);
  }

  void compare(uint32_t id, child& c) {
    c.comparing = false;
    c.slot.settle();
    c.process = nullptr;
    tell(self_, c.watcher,
         reconcile{c.slot.held_any() ? std::optional{c.slot.held()}
                                     : std::nullopt,
                   id, c.sockets, contact_->leaves()});
  }

  /// What the keeper may still hold of it, or has been asked to start, is
  /// nobody's any more: a start that could not be put on record is forgotten
  /// while its child is being made.
  void unwatch(uint32_t id) {
    auto i = children_.find(id);
    if (i == children_.end())
      return;
    if (i->second.sockets)
      hold({id, nullptr});
    if (i->second.slot.held_any() || i->second.asked_at.count() != 0)
      leftovers_->add(id);
    farewells_->send(id);
    children_.erase(id);
  }

  /// Has the keeper take over what it does not know, and compares after that.
  /// Until it has answered it may be lost, and the next one is asked.
  void take_or_compare(uint32_t id, child& c) {
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
    contact_->send(c.slot.taking(), c.process);
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
      if (auto i = children_.find(m.id); i != children_.end())
        i->second.asked_at = os::boottime();
      farewells_->send(m.id);
      contact_->spawn(request, *std::move(block));
    } else
      tell(self_, m.watcher,
           spawn_impossible{m.run,
                            "could not start: " + block.failure().message});
  }

  void command(const wire::message& what) {
    if (what.what == wire::kind::acknowledge) {
      if (auto* c = holder_of(what))
        c->slot.clear();
      farewells_->add(what);
    } else if (contact_->connected()) {
      contact_->send(what);
    }
  }

  void release(const release_child& m) {
    auto i = children_.find(m.id);
    if (i == children_.end() || !i->second.slot.release(m.run, round_))
      return;
    contact_->release(m.id);
    if (!std::exchange(checking_, true))
      tell_self_after(self_, first_look_at_starts, check_starts{});
  }

  void hold(const hold_sockets& m) {
    children_[m.id].sockets = m.sockets;
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
    for (auto& [id, c] : children_) {
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

  /// Who holds the incarnation that a message is about, or nullptr.
  child* holder_of(const wire::message& m) {
    auto i = children_.find(m.id);
    return i != children_.end() && i->second.slot.holds(m.run) ? &i->second
                                                               : nullptr;
  }

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
        children_[m.id].slot.set(m);
      break;
    case wire::kind::held:
      note_held(m.id, std::move(attached));
      break;
    case wire::kind::listed:
      become_ready();
      break;
    case wire::kind::started:
      // Its last word before execve, which it may have been killed in.
      if (auto* c = holder_of(m); c && c->watcher && c->slot.start())
        report(*c, child_news::started, c->slot.held());
      break;
    case wire::kind::start_failed:
      // Its end follows, and is told as a start that failed.
      if (auto i = children_.find(m.id); i != children_.end())
        i->second.slot.give_up(m.at, m.error);
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
    auto& c = children_[id];
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
    for (auto& [id, c] : children_) {
      if (c.watcher) {
        // A keeper that died has lost them.
        if (c.sockets)
          send_sockets(id, c.sockets);
        take_or_compare(id, c);
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
      const auto held = children_.find(leaf.id);
      if (held != children_.end() && held->second.slot.held_any())
        continue;
      leftovers_->remove_leaf(leaf.uid, leaf.id);
      found = true;
    }
    return found;
  }

  void look_again() {
    clear_leaves();
    for (auto& [id, c] : children_) {
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

  void report(const child& c, child_news what, const wire::message& m) {
    tell(self_, c.watcher, keeper_news{what, m, contact_->leaves()});
  }

  /// Keeps in mind what the keeper holds, and tells what has happened to it.
  void note(const wire::message& m) {
    if (leftovers_->take(m))
      return;
    auto i = children_.find(m.id);
    if (i == children_.end() || !i->second.watcher) {
      if (os::is_hook_run(m.id))
        leftovers_->clear_away(m);
      return;
    }
    auto& c = i->second;
    if (const auto asked = std::exchange(c.asked_at, {}); asked.count() != 0)
      reports_.tallies->keeper_answered(os::boottime() - asked);
    if (std::exchange(c.taking, false)) {
      c.slot.set(m);
      compare(m.id, c);
      return;
    }
    const auto told = c.slot.note(m, mark);
    if (!told)
      return;
    report(c, told->what, told->slot);
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
    auto i = children_.find(m.id);
    if (i == children_.end() || !i->second.watcher)
      return;
    auto& c = i->second;
    if (request == wire::kind::take && std::exchange(c.taking, false)) {
      compare(m.id, c);
    } else if (request == wire::kind::hold) {
      c.sockets = nullptr;
      report(c, child_news::hold_refused, m);
    } else if (request == wire::kind::spawn) {
      report(c,
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
  std::unordered_map<uint32_t, child> children_;
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
