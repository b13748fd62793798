#include "actors/port_watcher.hpp"

#include "actors/caf_compat.hpp"
#include "actors/core/port_reading.hpp"
#include "actors/observed.hpp"
#include "protocol/limits.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <unordered_map>

namespace hiisi::actors {

namespace {

/// How long a reading waits for names.
constexpr std::chrono::seconds name_patience{1};

/// How long a user's name is taken for true. Who departs is noticed so late.
constexpr std::chrono::seconds names_remembered_for{60};

class watcher_state {
public:
  static inline const char* name = "port_watcher";

  explicit watcher_state(caf::event_based_actor* self) : self_(self) {}

  void init(watcher_world world) { world_ = std::move(world); }

  caf::behavior make_behavior() {
    return observed(
        self_, "detached", {name, {}, 0, {}, 0},
        {[this] { return line(); }, [this] { return whole(); }},
        [this](watch_ports& m) {
          waiting_.push_back(std::move(m));
          ask_kernel_soon();
        },
        [this](read_sockets&) { ask_kernel(); },
        [this](identified& m) { learn(m); },
        [this](locating& m) {
          if (m.round != round_ || !locating_)
            return;
          parts_ += static_cast<ptrdiff_t>(m.parts);
          locating_ = false;
          finish_if_complete();
        },
        [this](processes_located& m) { learn(m); },
        [this](stop_waiting& m) { lose_patience(m.round); },
        [this](meet_host& m) { host_ = std::move(m.host); },
        [this](ports_held& m) { hold(m); });
  }

private:
  // -- for those who look -----------------------------------------------------

  std::string line() const {
    return std::to_string(listeners_.size()) + " listeners at the last look, "
           + std::to_string(waiting_.size() + served_.size()) + " waiting";
  }

  core::ron::value whole() const {
    return core::ron::struct_builder{"port_watcher"}
        .add("listeners", listeners_.size())
        .add("waiting", waiting_.size())
        .add("being_served", served_.size())
        .add("round", round_)
        .add("users_known", users_.size())
        .add("users_unknown", unknown_users_.size())
        .add("held_sockets", held_.size())
        .build();
  }

  void hold(const ports_held& m) {
    std::erase_if(held_, [&](const auto& h) { return h.second.id == m.id; });
    for (auto inode : m.inodes)
      held_[inode] = {m.id, m.uid, m.name, 0};
  }

  void ask_kernel_soon() {
    if (under_way_ || waiting_.empty())
      return;
    under_way_ = true;
    tell(self_, caf::actor{self_}, read_sockets{});
  }

  /// All that has come in by now shares this reading.
  void ask_kernel() {
    ++round_;
    served_ = std::exchange(waiting_, {});
    auto found = world_.listeners();
    if (!found.ok()) {
      under_way_ = false;
      for (auto& w : std::exchange(served_, {}))
        tell(self_, w.asker, ports_watched{w.token, found.failure()});
      ask_kernel_soon();
      return;
    }
    listeners_ = *std::move(found);
    // A client's socket with a peer of its own serves nobody.
    std::erase_if(listeners_, [](const auto& l) { return l.connected; });
    processes_.clear();
    by_cgroup_.clear();
    ask_for_users();
    ask_for_processes();
    arm();
    finish_if_complete();
  }

  /// One timer at a time, however many readings there are.
  void arm() {
    if (armed_ || (unknown_users_.empty() && !locating_))
      return;
    armed_ = true;
    tell_self_after(self_, name_patience, stop_waiting{round_});
  }

  void lose_patience(uint64_t round) {
    armed_ = false;
    if (!under_way_)
      return;
    if (round == round_)
      finish();
    else
      arm();
  }

  void ask_for_users() {
    const auto now = self_->clock().now();
    std::erase_if(users_, [&](const auto& entry) {
      return now - entry.second.since >= names_remembered_for;
    });
    unknown_users_.clear();
    auto need = [&](uint32_t uid) {
      if (!users_.contains(uid) && unknown_users_.insert(uid).second)
        tell(self_, world_.directory, identify{uid, self_});
    };
    for (const auto& w : served_)
      std::ranges::for_each(w.uids, need);
    for (const auto& l : listeners_)
      if (l.port >= protocol::min_port)
        need(l.uid);
  }

  void ask_for_processes() {
    locating_ = static_cast<bool>(host_);
    parts_ = 0;
    located_all_ = false;
    if (!host_)
      return;
    std::set<uint32_t> ids;
    for (const auto& w : served_)
      ids.insert(w.ids.begin(), w.ids.end());
    std::map<uint64_t, uint32_t> traces;
    for (const auto& l : listeners_) {
      if (l.cgroup_id != 0 && l.port >= protocol::min_port)
        traces.emplace(l.cgroup_id, l.uid);
    }
    locate_processes ask{round_, {ids.begin(), ids.end()}, {}, self_};
    for (const auto& [cgroup, uid] : traces)
      ask.traces.push_back({uid, cgroup});
    tell(self_, host_, std::move(ask));
  }

  void learn(identified& m) {
    if (!m.name.empty())
      return;
    using enum core::port_person::standing;
    auto& u = users_[m.uid];
    u.since = self_->clock().now();
    if (m.who.ok())
      u.who = {known, (*m.who)->name, (*m.who)->home};
    else if (m.who.failure().code == protocol::errc::not_found)
      u.who = {gone, {}, {}};
    else
      users_.erase(m.uid); // Nothing is known: asked anew next time.
    unknown_users_.erase(m.uid);
    finish_if_complete();
  }

  void learn(processes_located& m) {
    if (m.round != round_)
      return;
    for (auto& p : m.processes) {
      if (p.cgroup_id != 0)
        by_cgroup_[p.cgroup_id] = p.id;
      processes_[p.id] = std::move(p);
    }
    // It may come before the host_supervisor has said how many there are.
    --parts_;
    finish_if_complete();
  }

  void finish_if_complete() {
    if (!under_way_ || !unknown_users_.empty() || locating_ || parts_ != 0)
      return;
    located_all_ = static_cast<bool>(host_);
    finish();
  }

  void finish() {
    auto reading = std::make_shared<core::port_reading>();
    reading->sightings.reserve(listeners_.size());
    for (const auto& l : listeners_) {
      core::port_sighting s{l.port, l.udp, l.uid, l.inode, 0, 0, {}};
      if (const auto* p = process_of(l)) {
        s.process = p->id;
        s.process_uid = p->uid;
        s.process_name = p->name;
      }
      reading->sightings.push_back(std::move(s));
    }
    std::ranges::stable_sort(reading->sightings, {},
                             &core::port_sighting::port);
    for (const auto& [uid, u] : users_)
      reading->people.emplace(uid, u.who);
    for (const auto& [id, p] : processes_)
      reading->processes.emplace(id, p.name);
    reading->processes_known = located_all_;
    under_way_ = false;
    const std::shared_ptr<const core::port_reading> shared = std::move(reading);
    for (auto& w : std::exchange(served_, {}))
      tell(self_, w.asker, ports_watched{w.token, shared});
    ask_kernel_soon();
  }

  /// The process that a socket belongs to, or null. A socket that is held for a
  /// process was made in the daemon's cgroup.
  const located_process* process_of(const os::listener& l) const {
    if (auto held = held_.find(l.inode); held != held_.end())
      return &held->second;
    auto cgroup = by_cgroup_.find(l.cgroup_id);
    if (cgroup == by_cgroup_.end())
      return nullptr;
    auto found = processes_.find(cgroup->second);
    return found == processes_.end() ? nullptr : &found->second;
  }

  struct user {
    core::port_person who;
    caf::actor_clock::time_point since;
  };

  caf::event_based_actor* self_;
  watcher_world world_;
  caf::actor host_;
  /// Who asks for the next reading, and who gets the one under way.
  std::vector<watch_ports> waiting_;
  std::vector<watch_ports> served_;
  bool under_way_ = false;
  bool armed_ = false;
  uint64_t round_ = 0;
  std::vector<os::listener> listeners_;
  std::map<uint32_t, user> users_;
  std::set<uint32_t> unknown_users_;
  /// The host_supervisor has yet to say how many answers there are to come, and
  /// how many are.
  bool locating_ = false;
  ptrdiff_t parts_ = 0;
  bool located_all_ = false;
  std::map<uint32_t, located_process> processes_;
  std::unordered_map<uint64_t, uint32_t> by_cgroup_;
  /// For whom sockets are held, by inode.
  std::unordered_map<uint64_t, located_process> held_;
};

caf::behavior port_watcher(caf::stateful_actor<watcher_state>* self,
                           watcher_world world) {
  auto& state = state_of(self);
  state.init(std::move(world));
  return state.make_behavior();
}

} // namespace

caf::actor spawn_port_watcher(caf::actor_system& system, watcher_world world) {
  return system.spawn(port_watcher, std::move(world));
}

} // namespace hiisi::actors
