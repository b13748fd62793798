#pragma once

#include "actors/os/clock.hpp"
#include "test/support/actor_fixture.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace hiisi::test {

/// The wait status of a program that gave up.
inline constexpr int crashed = 1 << 8;

/// In the place of the keeper_link, with a keeper behind it whose processes
/// do what the test says. By default they start at once when their gate
/// opens; they end when they are killed.
class fake_keeper {
public:
  explicit fake_keeper(actor_fixture& world)
      : world_(world), actor_(world.make_fake()) {
    actor_.react([this](const caf::message& m) { receive(m); });
  }

  operator const caf::actor&() const { return actor_; }
  fake_actor& actor() { return actor_; }

  /// What was asked since the last look, in order: "spawn 7/1, release 7/1".
  std::string take_orders() { return std::exchange(orders_, {}); }

  void say(uint32_t id, actors::child_news what, uint32_t run,
           keeper_wire::message with = {}) {
    with.what = keeper_wire::kind::slot;
    with.id = id;
    with.run = run;
    with.uid = 1000;
    world_.send(watchers.at(id), actors::keeper_news{what, with, leaves});
  }

  /// The first process ends as waitid tells by `status`, after `uptime`.
  void end(uint32_t id, int status, std::chrono::milliseconds uptime = 1s,
           bool tree_empty = true) {
    auto& p = processes.at(id);
    keeper_wire::message m;
    m.status = status;
    m.started_at = p.started_at;
    m.ended_at
        = p.started_at
          + static_cast<uint64_t>(std::chrono::nanoseconds{uptime}.count());
    m.how_far
        = tree_empty ? keeper_wire::phase::empty : keeper_wire::phase::ended;
    const auto run = p.run;
    if (tree_empty)
      processes.erase(id);
    say(id, actors::child_news::exited, run, m);
  }

  struct process {
    uint32_t run = 0;
    uint64_t started_at = 0;
  };

  std::map<uint32_t, process> processes;
  std::map<uint32_t, caf::actor> watchers;
  /// Children wait at their gates until the test says `started`.
  bool slow = false;
  /// Every spawn is answered so.
  std::optional<std::string> impossible;
  /// Set where every execve fails.
  int execve_error = 0;
  /// Signals that end the whole tree at once; SIGKILL always does.
  bool obeys_signals = false;
  bool ignores_kill = false;
  /// Where it says that its cgroups are.
  actors::leaves_ptr leaves;

private:
  void order(std::string_view what, uint32_t id, uint32_t run) {
    orders_ += (orders_.empty() ? "" : ", ") + std::string{what} + " "
               + std::to_string(id) + "/" + std::to_string(run);
  }

  void receive(const caf::message& m) {
    using namespace actors;
    if (m.match_elements<watch_child>()) {
      const auto& w = m.get_as<watch_child>(0);
      watchers[w.id] = w.watcher;
    } else if (m.match_elements<unwatch_child>()) {
      watchers.erase(m.get_as<unwatch_child>(0).id);
    } else if (m.match_elements<spawn_child>()) {
      spawn(m.get_as<spawn_child>(0));
    } else if (m.match_elements<release_child>()) {
      release(m.get_as<release_child>(0));
    } else if (m.match_elements<command_child>()) {
      obey(m.get_as<command_child>(0).what);
    }
  }

  void spawn(const actors::spawn_child& s) {
    order("spawn", s.id, s.run);
    if (impossible) {
      world_.send(s.watcher, actors::spawn_impossible{s.run, *impossible});
      return;
    }
    if (processes.count(s.id) != 0) {
      keeper_wire::message m;
      m.error = 16; // EBUSY
      say(s.id, actors::child_news::refused, s.run, m);
      return;
    }
    keeper_wire::message m;
    m.pid = static_cast<int32_t>(1000 + s.id);
    m.started_at = static_cast<uint64_t>(os::boottime().count());
    processes[s.id] = {s.run, m.started_at};
    say(s.id, actors::child_news::spawned, s.run, m);
  }

  void release(const actors::release_child& m) {
    const auto i = processes.find(m.id);
    order("release", m.id, m.run);
    if (slow || i == processes.end() || i->second.run != m.run)
      return;
    if (execve_error != 0) {
      keeper_wire::message failed;
      failed.at = keeper_wire::stage::execute;
      failed.error = execve_error;
      processes.erase(m.id);
      say(m.id, actors::child_news::start_failed, m.run, failed);
      return;
    }
    released_.insert({m.id, m.run});
    say(m.id, actors::child_news::started, m.run);
  }

  void obey(const keeper_wire::message& m) {
    using keeper_wire::kind;
    const auto i = processes.find(m.id);
    const auto mine = i != processes.end() && i->second.run == m.run;
    switch (m.what) {
    case kind::signal:
      order("signal" + std::to_string(m.signal), m.id, m.run);
      if (mine && obeys_signals)
        end(m.id, static_cast<int>(m.signal));
      break;
    case kind::kill:
      order("kill", m.id, m.run);
      if (!mine) {
        keeper_wire::message refused;
        refused.error = 3; // ESRCH
        say(m.id, actors::child_news::refused, m.run, refused);
      } else if (!ignores_kill) {
        if (released_.count({m.id, m.run}) != 0) {
          end(m.id, 9);
        } else {
          keeper_wire::message failed;
          failed.at = keeper_wire::stage::gate;
          processes.erase(m.id);
          say(m.id, actors::child_news::start_failed, m.run, failed);
        }
      }
      break;
    case kind::acknowledge:
      order("acknowledge", m.id, m.run);
      break;
    default:
      break;
    }
  }

  actor_fixture& world_;
  fake_actor actor_;
  std::string orders_;
  std::set<std::pair<uint32_t, uint32_t>> released_;
};

} // namespace hiisi::test
