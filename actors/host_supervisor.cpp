#include "actors/host_supervisor.hpp"

#include "actors/caf_compat.hpp"
#include "actors/core/authorization.hpp"
#include "actors/observed.hpp"
#include "actors/reply.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <algorithm>
#include <concepts>
#include <map>
#include <set>
#include <unordered_map>
#include <vector>

namespace hiisi::actors {

namespace {

using protocol::errc;
using protocol::make_error;

class host_state {
public:
  static inline const char* name = "host_supervisor";

  explicit host_state(caf::event_based_actor* self) : self_(self) {}

  void init(host_neighbours neighbours, supervisor_settings settings) {
    to_ = std::move(neighbours);
    settings_ = std::move(settings);
    self_->set_down_handler([this](caf::down_msg& m) { supervisor_down(m); });
    if (to_.ports)
      tell(self_, to_.ports, follow_unused_ports{self_});
  }

  caf::behavior make_behavior() {
    return observed(
        self_, "event-based", {name, {}, 0, {}, 0},
        {[this] { return line(); }, [this] { return whole(); }},
        [this](submission& m) { route(m); },
        [this](recover& m) { take_over(m); },
        [this](user_records& m) { rebuild(m); },
        [this](id_released& m) { owner_of_.erase(m.id); },
        [this](described& m) { collect(m); },
        [this](suspended& m) {
          ending_.erase(m.uid);
          all_ended();
        },
        [this](reconfigure& m) { reconfigured(m); },
        [this](locate_processes& m) { locate(m); },
        [this](count_use& m) { count(m); },
        [this](watch_failures& m) { watcher_ = std::move(m.watcher); },
        [this](ports_unused& m) { pass_on(std::move(m)); },
        [this](list_supervisors) { return everybody(); },
        [](ping m) { return m; });
  }

private:
  // -- for those who look -----------------------------------------------------

  std::string line() const {
    return std::to_string(supervisors_.size()) + " users, "
           + std::to_string(owner_of_.size()) + " processes"
           + (going_down_ ? ", going down" : "");
  }

  core::ron::value whole() const {
    std::vector<core::ron::value> users;
    for (const auto& [uid, supervisor] : supervisors_)
      users.push_back(core::ron::struct_builder{}
                          .add("uid", uid)
                          .add("actor", supervisor.id())
                          .build());
    return core::ron::struct_builder{"host_supervisor"}
        .add("next_id", next_id_)
        .add("processes", owner_of_.size())
        .add("lists_under_way", gatherings_.size())
        .add("going_down", going_down_)
        .add("yet_to_end", core::ron::list_of(ending_))
        .add("users", core::ron::value::list(std::move(users)))
        .build();
  }

  /// A host-wide list that is being put together.
  struct gathering {
    ticket reply_to;
    std::set<uint32_t> missing;
    protocol::status_list list;
  };

  void reply(const ticket& to, protocol::payload what) {
    send_reply(self_, to, std::move(what));
  }

  // -- requests ---------------------------------------------------------------

  void route(submission& m) {
    const auto& command = m.what->what;
    if (std::holds_alternative<protocol::shutdown_request>(command)) {
      shut_down(m);
      return;
    }
    if (going_down_ && starts_something(command)) {
      reply(m.reply_to,
            make_error(errc::unavailable, "the host is going down",
                       "where it is not after all, an administrator starts "
                       "hiidet anew"));
      return;
    }
    if (std::holds_alternative<protocol::run_request>(command)) {
      const auto uid = m.caller->uid;
      const auto id = next_id_++;
      owner_of_[id] = uid;
      tell(self_, supervisor_of(uid), run_as{id, std::move(m)});
      return;
    }
    if (const auto* status = std::get_if<protocol::status_request>(&command);
        status && !status->what) {
      list(m, *status);
      return;
    }
    const auto* what = target_of(command);
    if (!what) {
      reply(m.reply_to, make_error(errc::internal, "request went astray"));
      return;
    }
    auto uid = m.caller->uid;
    if (const auto* id = std::get_if<uint32_t>(what)) {
      auto i = owner_of_.find(*id);
      if (i == owner_of_.end()) {
        reply(m.reply_to,
              make_error(errc::not_found, "no process " + std::to_string(*id),
                         "hiisi status lists yours"));
        return;
      }
      uid = i->second;
    }
    tell(self_, supervisor_of(uid), std::move(m));
  }

  static bool starts_something(const protocol::command& command) {
    return std::holds_alternative<protocol::run_request>(command)
           || std::holds_alternative<protocol::start_request>(command)
           || std::holds_alternative<protocol::restart_request>(command);
  }

  void shut_down(const submission& m) {
    if (!core::may({m.caller->uid, m.caller->administrator},
                   core::action::shut_down, core::no_owner)) {
      reply(m.reply_to, make_error(errc::not_permitted,
                                   "only root and members of hiisi-admin may "
                                   "end what all users run"));
      return;
    }
    going_down_ = true;
    waiting_for_end_.push_back(m.reply_to);
    for (const auto& [uid, supervisor] : supervisors_) {
      ending_.insert(uid);
      tell(self_, supervisor, suspend_all{m.by});
    }
    all_ended();
  }

  void all_ended() {
    if (!ending_.empty())
      return;
    for (const auto& to : std::exchange(waiting_for_end_, {}))
      reply(to, protocol::process_stopped{});
  }

  static const protocol::target* target_of(const protocol::command& command) {
    return std::visit(
        [](const auto& r) -> const protocol::target* {
          using request = std::decay_t<decltype(r)>;
          if constexpr (std::is_same_v<request, protocol::status_request>)
            return r.what ? &*r.what : nullptr;
          else if constexpr (requires {
                               {
                                 r.what
                                 } -> std::same_as<const protocol::target&>;
                             })
            return &r.what;
          else
            return nullptr;
        },
        command);
  }

  void list(const submission& m, const protocol::status_request& request) {
    if (!request.all) {
      if (auto i = supervisors_.find(m.caller->uid); i != supervisors_.end())
        tell(self_, i->second, m);
      else
        reply(m.reply_to, protocol::status_list{});
      return;
    }
    const auto number = next_gathering_++;
    auto& g = gatherings_[number];
    g.reply_to = m.reply_to;
    for (const auto& [uid, supervisor] : supervisors_) {
      g.missing.insert(uid);
      tell(self_, supervisor, describe{number, m.caller});
    }
    if (g.missing.empty())
      finish_gathering(number);
  }

  void collect(described& m) {
    auto i = gatherings_.find(m.gathering);
    if (i == gatherings_.end())
      return;
    auto& g = i->second;
    g.missing.erase(m.uid);
    std::move(m.entries.begin(), m.entries.end(),
              std::back_inserter(g.list.entries));
    if (g.missing.empty())
      finish_gathering(m.gathering);
  }

  void finish_gathering(uint64_t number) {
    auto i = gatherings_.find(number);
    if (i == gatherings_.end())
      return;
    auto g = std::move(i->second);
    gatherings_.erase(i);
    std::sort(g.list.entries.begin(), g.list.entries.end(),
              [](const auto& a, const auto& b) { return a.id < b.id; });
    reply(g.reply_to, std::move(g.list));
  }

  // -- supervisors ------------------------------------------------------------

  const caf::actor& supervisor_of(uint32_t uid) {
    auto& supervisor = supervisors_[uid];
    if (!supervisor) {
      supervisor = spawn_user_supervisor(
          *self_, uid,
          {self_, to_.keeper, to_.store, to_.directory, to_.events, to_.ports,
           to_.write_live, to_.logs, to_.loggers},
          {settings_.process, settings_.finished_kept, rebuilds_[uid],
           settings_.limits});
      self_->monitor(supervisor);
      if (unused_.all)
        tell(self_, supervisor, unused_);
    }
    return supervisor;
  }

  void pass_on(ports_unused m) {
    unused_ = std::move(m);
    for (const auto& [uid, supervisor] : supervisors_)
      tell(self_, supervisor, unused_);
  }

  [[nodiscard]] supervisors everybody() const {
    supervisors out;
    for (const auto& [uid, supervisor] : supervisors_)
      out.all.push_back(supervisor);
    return out;
  }

  void take_over(recover& m) {
    next_id_ = std::max(next_id_, m.next_id);
    std::map<uint32_t, adopt> by_user;
    for (auto& record : m.records) {
      owner_of_[record.spec->id] = record.spec->uid;
      next_id_ = std::max(next_id_, record.spec->id + 1);
      by_user[record.spec->uid].records.push_back(std::move(record));
    }
    for (auto& live : m.live)
      if (auto i = by_user.find(live.uid); i != by_user.end())
        i->second.live.push_back(std::move(live));
    for (auto& [uid, share] : by_user)
      tell(self_, supervisor_of(uid), std::move(share));
  }

  /// A supervisor has failed and took its process_actors with it. Everything
  /// that it knew is on disk, from where the next one takes over; the
  /// processes themselves notice nothing.
  void supervisor_down(const caf::down_msg& m) {
    for (auto& [uid, supervisor] : supervisors_) {
      if (supervisor.address() != m.source)
        continue;
      const auto whose = uid;
      supervisors_.erase(whose);
      ++rebuilds_[whose];
      leave_out(whose);
      ending_.erase(whose);
      all_ended();
      if (watcher_)
        tell(self_, watcher_, someone_failed{});
      tell(self_, to_.store, load_user_records{whose, self_});
      return;
    }
  }

  /// Lists that wait for this user's part go out without it.
  void leave_out(uint32_t uid) {
    std::vector<uint64_t> complete;
    for (auto& [number, g] : gatherings_)
      if (g.missing.erase(uid) != 0 && g.missing.empty())
        complete.push_back(number);
    for (auto number : complete)
      finish_gathering(number);
  }

  void rebuild(user_records& m) {
    tell(self_, supervisor_of(m.uid),
         adopt{std::move(m.records), std::move(m.live)});
  }

  /// Whom it concerns, each asked for their own.
  void locate(const locate_processes& m) {
    std::map<uint32_t, locate_processes> parts;
    for (auto id : m.ids)
      if (auto i = owner_of_.find(id); i != owner_of_.end())
        parts[i->second].ids.push_back(id);
    for (const auto& trace : m.traces)
      if (supervisors_.contains(trace.uid))
        parts[trace.uid].traces.push_back(trace);
    tell(self_, m.asker, locating{m.round, parts.size()});
    for (auto& [uid, part] : parts) {
      part.round = m.round;
      part.asker = m.asker;
      tell(self_, supervisor_of(uid), std::move(part));
    }
  }

  /// Even of somebody who has never run anything there is something to tell:
  /// the limits.
  void count(const count_use& m) { tell(self_, supervisor_of(m.who->uid), m); }

  void reconfigured(const reconfigure& m) {
    settings_.process = m.settings;
    settings_.finished_kept = m.finished_kept;
    settings_.limits = m.limits;
    for (const auto& [uid, supervisor] : supervisors_)
      tell(self_, supervisor, m);
  }

  caf::event_based_actor* self_;
  host_neighbours to_;
  supervisor_settings settings_;
  caf::actor watcher_;
  /// What the port_registry told last; null before that.
  ports_unused unused_;
  /// The host is going down; whose processes have yet to end, and who waits.
  bool going_down_ = false;
  std::set<uint32_t> ending_;
  std::vector<ticket> waiting_for_end_;
  std::map<uint32_t, caf::actor> supervisors_;
  /// How often each user's had to be replaced.
  std::map<uint32_t, uint32_t> rebuilds_;
  std::unordered_map<uint32_t, uint32_t> owner_of_;
  std::unordered_map<uint64_t, gathering> gatherings_;
  uint32_t next_id_ = 1;
  uint64_t next_gathering_ = 1;
};

caf::behavior host_supervisor(caf::stateful_actor<host_state>* self,
                              host_neighbours neighbours,
                              supervisor_settings settings) {
  auto& state = state_of(self);
  state.init(std::move(neighbours), std::move(settings));
  return state.make_behavior();
}

} // namespace

caf::actor spawn_host_supervisor(caf::actor_system& system,
                                 host_neighbours neighbours,
                                 supervisor_settings settings) {
  return system.spawn(host_supervisor, std::move(neighbours),
                      std::move(settings));
}

} // namespace hiisi::actors
