#include "actors/keeper_link.hpp"

#include "actors/caf_compat.hpp"
#include "actors/observed.hpp"
#include "actors/os/clock.hpp"
#include "actors/os/hook_launch.hpp"
#include "actors/os/leaf_files.hpp"
#include "actors/os/logger_launch.hpp"
#include "actors/os/process_identity.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace hiisi::actors {

namespace {

namespace wire = keeper_wire;
using namespace std::chrono_literals;

constexpr auto first_redial = 20ms;
constexpr auto longest_redial = std::chrono::milliseconds{1s};
constexpr auto start_round = 10s;
/// After a connection, process_actors of all records have come by then.
constexpr auto claim_patience = 5s;

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
        [this](check_unclaimed& m) {
          if (m.connection == number_ && ready_)
            tell_of_unclaimed();
        },
        [this](keeper_said& m) {
          if (m.connection == number_)
            hear(m.what, std::move(m.attached));
        },
        [this](keeper_lost& m) {
          if (m.connection == number_ && connection_)
            lost();
        },
        [this](reconnect&) { connect(); });
  }

private:
  // -- for those who look -----------------------------------------------------

  std::string line() const {
    return std::string{ready_        ? "ready"
                       : connection_ ? "greeting"
                                     : "not connected"}
           + ", " + std::to_string(children_.size()) + " processes";
  }

  core::ron::value whole() const {
    std::vector<core::ron::value> slots;
    for (const auto& [id, c] : children_)
      slots.push_back(core::ron::struct_builder{}
                          .add("id", id)
                          .add("held", holds(c))
                          .add("run", c.held.run)
                          .add("uid", c.held.uid)
                          .add("phase", phase_name(c.held.how_far))
                          .add("pid", c.held.pid)
                          .add("watched", static_cast<bool>(c.watcher))
                          .build());
    return core::ron::struct_builder{"keeper_link"}
        .add("connected", connection_ != nullptr)
        .add("ready", ready_)
        .add("keeper_pid", keeper_.pid)
        .add("keeper_version", keeper_.value)
        .add("cgroups", (keeper_.flags & wire::flag_cgroups) != 0)
        .add("leaves", leaves_ ? *leaves_ : std::string{})
        .add("connections", number_)
        .add("sent", sent_)
        .add("heard", heard_)
        .add("queue", connection_ ? connection_->queued() : 0)
        .add("slots", core::ron::value::list(std::move(slots)))
        .build();
  }

  struct child {
    caf::actor watcher;
    /// What the keeper last said it holds; `what` is not set for nothing.
    wire::message held{};
    /// What an earlier keeper held, or the live record tells of, until a keeper
    /// has it; likewise.
    wire::message known{};
    /// The first process of `known`, from the moment that keeper was lost, so
    /// that how it ends meanwhile can be asked; of none where it is gone.
    os::sockets_ptr process{};
    /// When the keeper was asked to fork it; zero once it has answered.
    std::chrono::nanoseconds asked_at{0};
    /// The watcher waits for a comparison.
    bool comparing = false;
    /// The keeper has been asked to take `known` over.
    bool taking = false;
    /// What the child said before it gave up, or why it was killed.
    wire::gate_report said{};
    /// In which round its gate was opened.
    uint64_t released_in = 0;
    /// What the keeper stores for it, or is to.
    os::sockets_ptr sockets{};
  };

  void send(const wire::message& what, os::sockets_ptr attached = {}) {
    ++sent_;
    connection_->send(what, std::move(attached));
  }

  static std::string phase_name(wire::phase how_far) {
    switch (how_far) {
    case wire::phase::none:
      break;
    case wire::phase::gated:
      return "gated";
    case wire::phase::starting:
      return "starting";
    case wire::phase::running:
      return "running";
    case wire::phase::ended:
      return "ended";
    case wire::phase::empty:
      return "empty";
    }
    return "none";
  }

  static bool is_set(const wire::message& m) { return m.what != wire::kind{}; }
  static bool holds(const child& c) { return is_set(c.held); }

  // -- the connection ---------------------------------------------------------

  void connect() {
    auto made = dial_(caf::actor{self_}, ++number_);
    if (!made.ok()) {
      redial_later(made.failure().message);
      return;
    }
    connection_ = *std::move(made);
    std::erase_if(children_, [](const auto& c) { return !c.second.watcher; });
    wire::message hello;
    hello.what = wire::kind::hello;
    hello.value = wire::version;
    send(hello, {});
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
    for (auto& [id, c] : children_)
      remember(c);
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

  /// Holds on to what the keeper held that may just have died. Its children at
  /// their gates end with the connection.
  static void remember(child& c) {
    auto held = std::exchange(c.held, {});
    c.taking = false;
    if (held.how_far < wire::phase::starting
        || held.how_far > wire::phase::ended)
      return;
    // What was listed and not compared yet has no identity of its own.
    if (identity_of(held) == os::process_identity{} && held.run == c.known.run
        && held.pid == c.known.pid)
      bear(held, identity_of(c.known));
    c.known = held;
    c.process = handle_of(held);
  }

  static os::sockets_ptr handle_of(const wire::message& m) {
    std::vector<os::fd> attached;
    if (auto process = os::open_process(m.pid, identity_of(m)))
      attached.push_back(std::move(process));
    return std::make_shared<const std::vector<os::fd>>(std::move(attached));
  }

  static os::process_identity identity_of(const wire::message& m) {
    return {m.pidfs_inode, m.start_ticks};
  }
  static void bear(wire::message& m, const os::process_identity& who) {
    m.pidfs_inode = who.pidfs_inode;
    m.start_ticks = who.start_ticks;
  }

  // -- from process_actors ----------------------------------------------------

  void watch(watch_child& m) {
    nobodys_.erase(m.id);
    auto& c = children_[m.id];
    c.watcher = std::move(m.watcher);
    c.comparing = m.recovered;
    if (m.known && !is_set(c.known)) {
      c.known = *m.known;
      c.known.what = wire::kind::slot;
    }
    if (ready_ && c.comparing)
      take_or_compare(m.id, c);
  }

  void compare(uint32_t id, child& c) {
    c.comparing = false;
    c.known = {};
    c.process = nullptr;
    tell(self_, c.watcher,
         reconcile{holds(c) ? std::optional{c.held} : std::nullopt, id,
                   c.sockets, leaves_});
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
    if (holds(i->second) || i->second.asked_at.count() != 0)
      nobodys_.insert(id);
    children_.erase(id);
  }

  /// A keeper lists numbers alone, which would not do to find the process again
  /// should that keeper be lost. The live record has its identity; without one
  /// the number tells, which is nobody else's while the keeper has not reaped.
  static void identify(wire::message& held, const wire::message& known) {
    if (held.how_far != wire::phase::running
        || identity_of(held) != os::process_identity{})
      return;
    auto who = known.run == held.run && known.pid == held.pid
                   ? identity_of(known)
                   : os::process_identity{};
    if (who == os::process_identity{})
      who = os::identify_process(held.pid);
    bear(held, who);
  }

  /// Has the keeper take over what it does not know, and compares after that.
  /// Until it has answered it may be lost, and the next one is asked.
  void take_or_compare(uint32_t id, child& c) {
    if (holds(c) || !is_set(c.known)) {
      identify(c.held, c.known);
      compare(id, c);
      return;
    }
    c.comparing = true;
    if (std::exchange(c.taking, true))
      return;
    if (!c.process)
      c.process = handle_of(c.known);
    auto request = c.known;
    request.what = wire::kind::take;
    if (request.how_far < wire::phase::ended)
      request.how_far = wire::phase::running;
    send(request, c.process);
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
      ++sent_;
      connection_->spawn(request, *std::move(block));
    } else
      tell(self_, m.watcher,
           spawn_impossible{m.run,
                            "could not start: " + block.failure().message});
  }

  void command(const wire::message& what) {
    if (auto* c = holder_of(what); c && what.what == wire::kind::acknowledge)
      c->held = {};
    if (connection_)
      send(what, {});
  }

  void release(const release_child& m) {
    auto i = children_.find(m.id);
    if (i == children_.end() || i->second.held.run != m.run
        || i->second.held.how_far != wire::phase::gated)
      return;
    i->second.held.how_far = wire::phase::starting;
    i->second.released_in = round_;
    connection_->release(m.id);
    if (!std::exchange(checking_, true))
      tell_self_after(self_, start_round, check_starts{});
  }

  void hold(const hold_sockets& m) {
    children_[m.id].sockets = m.sockets;
    if (connection_)
      send_sockets(m.id, m.sockets);
  }

  void send_sockets(uint32_t id, const os::sockets_ptr& sockets) {
    wire::message request;
    request.what = wire::kind::hold;
    request.id = id;
    send(request, sockets);
  }

  /// Kills what has been on its way to execve since before this round.
  void end_late_starts() {
    checking_ = false;
    for (auto& [id, c] : children_) {
      if (c.held.how_far != wire::phase::starting)
        continue;
      checking_ = true;
      if (c.released_in == round_)
        continue;
      c.said = {wire::stage::deadline, ETIMEDOUT};
      wire::message kill = c.held;
      kill.what = wire::kind::kill;
      command(kill);
    }
    ++round_;
    if (checking_)
      tell_self_after(self_, start_round, check_starts{});
  }

  // -- from the keeper --------------------------------------------------------

  /// Who holds the incarnation that a message is about, or nullptr.
  child* holder_of(const wire::message& m) {
    auto i = children_.find(m.id);
    return i != children_.end() && holds(i->second)
                   && i->second.held.run == m.run
               ? &i->second
               : nullptr;
  }

  void hear(const wire::message& m, os::sockets_ptr attached) {
    ++heard_;
    switch (m.what) {
    case wire::kind::welcome:
      keeper_ = m;
      leaves_ = (m.flags & wire::flag_cgroups) != 0
                    ? std::make_shared<const std::string>(
                        os::leaves_of_keeper(m.pid))
                    : nullptr;
      if (m.value != wire::version)
        warn_of_release();
      break;
    case wire::kind::slot:
      if (ready_)
        note(m);
      else
        children_[m.id].held = m;
      break;
    case wire::kind::held:
      note_held(m.id, std::move(attached));
      break;
    case wire::kind::listed:
      become_ready();
      break;
    case wire::kind::started:
      // Its last word before execve, which it may have been killed in.
      if (auto* c = holder_of(m);
          c && c->watcher && c->said.at != wire::stage::deadline) {
        c->held.how_far = wire::phase::running;
        report(*c, child_news::started, c->held);
      }
      break;
    case wire::kind::start_failed:
      // Its end follows, and is told as a start that failed.
      if (auto i = children_.find(m.id); i != children_.end())
        i->second.said = {m.at, m.error};
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
    redial_ = first_redial;
    missed_ = false;
    bool unclaimed = false;
    const auto first_time = reports_.ready != nullptr;
    for (auto& [id, c] : children_) {
      if (c.watcher) {
        // A keeper that died has lost them.
        if (c.sockets)
          send_sockets(id, c.sockets);
        take_or_compare(id, c);
      } else if (os::is_hook_run(id)) {
        clear_away(c.held);
        if (c.sockets)
          send_sockets(id, nullptr);
      } else if (holds(c) && first_time && id >= reports_.first_unrecorded) {
        nobodys_.insert(id);
        clear_away(std::exchange(c.held, {}));
      } else if (holds(c)) {
        unclaimed = true;
      }
    }
    if (unclaimed)
      tell_self_after(self_, claim_patience, check_unclaimed{number_});
    if (auto report = std::exchange(reports_.ready, nullptr))
      report();
  }

  void tell_of_unclaimed() {
    for (const auto& [id, c] : children_)
      if (!c.watcher && holds(c))
        reports_.warn("the keeper holds a process " + std::to_string(id)
                      + " that is not on record; it is left alone");
  }

  void report(const child& c, child_news what, const wire::message& m) {
    tell(self_, c.watcher, keeper_news{what, m, leaves_});
  }

  /// Keeps in mind what the keeper holds, and tells what has happened to it.
  void note(wire::message m) {
    if (nobodys_.contains(m.id)) {
      clear_away(m);
      if (m.how_far == wire::phase::empty)
        nobodys_.erase(m.id);
      return;
    }
    auto i = children_.find(m.id);
    if (i == children_.end() || !i->second.watcher) {
      if (os::is_hook_run(m.id))
        clear_away(m);
      return;
    }
    auto& c = i->second;
    if (const auto asked = std::exchange(c.asked_at, {}); asked.count() != 0)
      reports_.tallies->keeper_answered(os::boottime() - asked);
    if (std::exchange(c.taking, false)) {
      c.held = m;
      compare(m.id, c);
      return;
    }
    const auto was
        = holds(c) && c.held.run == m.run ? c.held.how_far : wire::phase::none;
    if (m.how_far == wire::phase::running && was == wire::phase::none) {
      bear(m, os::identify_process(m.pid));
      m.how_far = wire::phase::gated;
      c.held = m;
      report(c, child_news::spawned, m);
    } else if (m.how_far >= wire::phase::ended && was < wire::phase::running) {
      if (m.how_far == wire::phase::empty)
        fail_start(c, m, was);
    } else if (m.how_far >= wire::phase::ended && was < m.how_far) {
      bear(m, identity_of(c.held));
      c.held = m;
      report(c,
             was < wire::phase::ended ? child_news::exited
                                      : child_news::emptied,
             m);
    }
  }

  /// A hook's run, a rotation or a logger, whose daemon is gone, or what no
  /// daemon has recorded: nobody waits for it.
  void clear_away(const wire::message& m) {
    // A logger goes on: its program does, too.
    if (os::is_logger_run(m.id) && m.how_far > wire::phase::gated
        && m.how_far < wire::phase::empty)
      return;
    auto request = m;
    request.what = m.how_far == wire::phase::empty ? wire::kind::acknowledge
                                                   : wire::kind::kill;
    if (connection_ && m.id != 0)
      send(request, {});
  }

  /// Its child has ended short of execve.
  void fail_start(child& c, wire::message m, wire::phase was) {
    const auto said = std::exchange(c.said, {});
    m.at = said.at;
    m.error = said.error;
    if (m.at == wire::stage::none) {
      m.at = was == wire::phase::starting ? wire::stage::execute
                                          : wire::stage::gate;
      m.error = EINTR;
    }
    c.held = {};
    report(c, child_news::start_failed, m);
    m.what = wire::kind::acknowledge;
    send(m, {});
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
  keeper_dialer dial_;
  link_reports reports_;
  std::unique_ptr<keeper_connection> connection_;
  uint64_t number_ = 0;
  /// What it said of itself, and how much was said.
  wire::message keeper_{};
  leaves_ptr leaves_;
  uint64_t sent_ = 0;
  uint64_t heard_ = 0;
  bool ready_ = false;
  std::chrono::milliseconds redial_ = first_redial;
  /// It was said that the keeper cannot be reached.
  bool missed_ = false;
  /// Starts are watched in rounds of 10 s, with one timer for all.
  uint64_t round_ = 0;
  bool checking_ = false;
  std::unordered_map<uint32_t, child> children_;
  /// What is being cleared away, since no daemon has recorded it or nobody
  /// watches it any more.
  std::unordered_set<uint32_t> nobodys_;
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
