#include "actors/keeper_link.hpp"

#include "actors/caf_compat.hpp"
#include "actors/os/clock.hpp"
#include "actors/os/hook_launch.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <algorithm>
#include <chrono>
#include <unordered_map>
#include <utility>

namespace hiisi::actors {

namespace {

namespace wire = keeper_wire;
using namespace std::chrono_literals;

constexpr auto first_redial = 20ms;
constexpr auto longest_redial = std::chrono::milliseconds{1s};

class link_state {
public:
  static inline const char* name = "keeper_link";

  explicit link_state(caf::event_based_actor* self) : self_(self) {}

  void init(keeper_dialer dial, link_reports reports) {
    dial_ = std::move(dial);
    reports_ = std::move(reports);
    connect();
  }

  caf::behavior make_behavior() {
    quiet(self_);
    return {
        [this](watch_child& m) { watch(m); },
        [this](unwatch_child& m) { children_.erase(m.id); },
        [this](spawn_child& m) { spawn(m); },
        [this](command_child& m) { command(m.what); },
        [this](keeper_said& m) {
          if (m.connection == number_)
            hear(m.what);
        },
        [this](keeper_lost& m) {
          if (m.connection == number_ && connection_)
            lost();
        },
        [this](reconnect&) { connect(); },
    };
  }

private:
  struct child {
    caf::actor watcher;
    /// What the keeper last said it holds; `what` is not set for nothing.
    wire::message held{};
    /// When the keeper was asked to fork it; zero once it has answered.
    std::chrono::nanoseconds asked_at{0};
    /// The watcher waits for a comparison.
    bool comparing = false;
  };

  static bool holds(const child& c) { return c.held.what == wire::kind::slot; }

  // -- the connection ---------------------------------------------------------

  void connect() {
    auto made = dial_(caf::actor{self_}, ++number_);
    if (!made.ok()) {
      redial_later(made.failure().message);
      return;
    }
    connection_ = *std::move(made);
    std::erase_if(children_, [](const auto& c) { return !c.second.watcher; });
    for (auto& [id, c] : children_)
      c.held = {};
    wire::message hello;
    hello.what = wire::kind::hello;
    hello.value = wire::version;
    connection_->send(hello, {});
  }

  void redial_later(std::string_view why) {
    // A keeper that was started a moment ago is no news.
    if (redial_ == longest_redial && !std::exchange(missed_, true))
      reports_.warn("the keeper cannot be reached: " + std::string{why});
    tell_self_after(self_, redial_, reconnect{});
    redial_ = std::min<std::chrono::milliseconds>(redial_ * 2, longest_redial);
  }

  void lost() {
    const auto was_ready = std::exchange(ready_, false);
    reports_.tallies->keeper_connected(false);
    connection_.reset();
    if (!was_ready) {
      // Dialling a keeper that hangs up at once would spin.
      redial_later("it hangs up at once");
      return;
    }
    reports_.warn("the connection to the keeper was lost");
    connect();
  }

  // -- from process_actors ----------------------------------------------------

  void watch(watch_child& m) {
    auto& c = children_[m.id];
    c.watcher = std::move(m.watcher);
    c.comparing = m.recovered;
    if (ready_ && c.comparing)
      compare(m.id, c);
  }

  void compare(uint32_t id, child& c) {
    c.comparing = false;
    tell(self_, c.watcher,
         reconcile{holds(c) ? std::optional{c.held} : std::nullopt, id});
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
      connection_->send(request, *std::move(block));
    } else
      tell(self_, m.watcher,
           spawn_impossible{m.run,
                            "could not start: " + block.failure().message});
  }

  void command(const wire::message& what) {
    if (auto i = children_.find(what.id);
        i != children_.end() && i->second.held.run == what.run) {
      if (what.what == wire::kind::acknowledge)
        i->second.held = {};
      else if (what.what == wire::kind::release)
        i->second.held.how_far = wire::phase::starting;
    }
    if (connection_)
      connection_->send(what, {});
  }

  // -- from the keeper --------------------------------------------------------

  void hear(const wire::message& m) {
    switch (m.what) {
    case wire::kind::welcome:
      if (m.value != wire::version)
        reports_.warn("the keeper speaks version " + std::to_string(m.value)
                      + ", this daemon " + std::to_string(wire::version)
                      + ": install both from one release");
      break;
    case wire::kind::slot:
      children_[m.id].held = m;
      break;
    case wire::kind::slots_end:
      become_ready();
      break;
    default:
      note(m);
      break;
    }
  }

  void become_ready() {
    ready_ = true;
    reports_.tallies->keeper_connected(true);
    redial_ = first_redial;
    missed_ = false;
    for (auto& [id, c] : children_) {
      if (c.watcher)
        compare(id, c);
      else if (os::is_hook_run(id))
        clear_away(c.held);
      else
        reports_.warn("the keeper holds a process " + std::to_string(id)
                      + " that is not on record; it is left alone");
    }
    if (auto report = std::exchange(reports_.ready, nullptr))
      report();
  }

  /// Passes news on, and keeps in mind what the keeper holds, for a
  /// process_actor that is rebuilt while the connection stands.
  void note(const wire::message& m) {
    auto i = children_.find(m.id);
    if (i == children_.end() || !i->second.watcher) {
      if (os::is_hook_run(m.id))
        clear_away(m);
      return;
    }
    auto& c = i->second;
    if (const auto asked = std::exchange(c.asked_at, {}); asked.count() != 0)
      reports_.tallies->keeper_answered(os::boottime() - asked);
    switch (m.what) {
    case wire::kind::start_failed:
      c.held = {};
      break;
    case wire::kind::spawned:
      hold(c, m, wire::phase::gated);
      break;
    case wire::kind::started:
      c.held.how_far = wire::phase::running;
      break;
    case wire::kind::exited:
      hold(c, m,
           (m.flags & wire::flag_tree_empty) != 0 ? wire::phase::empty
                                                  : wire::phase::ended);
      break;
    case wire::kind::emptied:
      hold(c, m, wire::phase::empty);
      break;
    default:
      break;
    }
    tell(self_, c.watcher, keeper_news{m});
  }

  /// A hook's run whose daemon is gone: nobody waits for it any more.
  void clear_away(const wire::message& m) {
    auto request = m;
    request.what = m.how_far == wire::phase::empty
                           || (m.flags & wire::flag_tree_empty) != 0
                       ? wire::kind::acknowledge
                       : wire::kind::kill;
    if (connection_ && m.id != 0)
      connection_->send(request, {});
  }

  static void hold(child& c, const wire::message& m, wire::phase how_far) {
    c.held = m;
    c.held.what = wire::kind::slot;
    c.held.how_far = how_far;
  }

  caf::event_based_actor* self_;
  keeper_dialer dial_;
  link_reports reports_;
  std::unique_ptr<keeper_connection> connection_;
  uint64_t number_ = 0;
  bool ready_ = false;
  std::chrono::milliseconds redial_ = first_redial;
  /// It was said that the keeper cannot be reached.
  bool missed_ = false;
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
