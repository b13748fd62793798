#include "actors/user_supervisor.hpp"

#include "actors/caf_compat.hpp"
#include "actors/core/authorization.hpp"
#include "actors/core/log_paths.hpp"
#include "actors/core/process_names.hpp"
#include "actors/os/boot_id.hpp"
#include "actors/os/clock.hpp"
#include "actors/process_actor.hpp"
#include "actors/reply.hpp"
#include "actors/status_table.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

namespace hiisi::actors {

namespace {

using protocol::errc;
using protocol::make_error;

/// A process_actor that fails this often without a success in between is not
/// rebuilt any more: its record must be what kills it.
constexpr uint32_t max_rebuilds = 3;

class supervisor_state {
public:
  static inline const char* name = "user_supervisor";

  explicit supervisor_state(caf::event_based_actor* self) : self_(self) {}

  void init(uint32_t uid, supervisor_neighbours neighbours,
            supervisor_settings settings) {
    uid_ = uid;
    to_ = std::move(neighbours);
    settings_ = settings;
    self_->set_down_handler([this](caf::down_msg& m) {
      if (m.source == to_.host.address())
        self_->quit();
      else
        child_down(m);
    });
    self_->monitor(to_.host);
  }

  caf::behavior make_behavior() {
    quiet(self_);
    return {
        [this](run_as& m) { run(m); },
        [this](submission& m) { submit(m); },
        [this](adopt& m) { take_over(m); },
        [this](describe& m) { describe_all(m); },
        [this](suspend_all& m) { suspend(m.by); },
        [this](process_changed& m) { changed(m); },
        [this](operation_done& m) { done(m); },
        [this](identified& m) { learn_owner(m); },
        [this](reconfigure& m) { reconfigured(m); },
    };
  }

private:
  struct child {
    caf::actor actor;
    view_ptr view;
    uint32_t rebuilds = 0;
    /// Its first start has not succeeded yet; if it fails nothing of it stays.
    bool fresh = false;
    /// It is being removed and no longer shown.
    bool leaving = false;
  };

  /// Who waits for an operation; nobody where the session is null.
  struct waiter {
    ticket reply_to;
    operation_kind kind = operation_kind::start;
    uint32_t id = 0;
    /// The start is the one of a `run`.
    bool is_run = false;
  };

  // -- requests ---------------------------------------------------------------

  void reply(const ticket& to, protocol::payload what) {
    send_reply(self_, to, std::move(what));
  }

  void run(run_as& m) {
    auto& request = std::get<protocol::run_request>(m.what.what->what);
    owner_ = m.what.caller;
    auto spec = std::make_shared<core::process_spec>();
    if (request.name && names_.count(*request.name) != 0) {
      tell(self_, to_.host, id_released{m.id});
      reply(m.what.reply_to,
            make_error(errc::conflict,
                       "you have a process named " + *request.name
                           + " already, id "
                           + std::to_string(names_[*request.name]),
                       "choose another --name, or remove that one: hiisi rm "
                           + *request.name));
      return;
    }
    spec->id = m.id;
    spec->name = request.name
                     ? *request.name
                     : core::default_name(request.argv.front(), [this](auto n) {
                         return names_.find(n) != names_.end();
                       });
    spec->uid = uid_;
    spec->user = owner_->name;
    spec->argv = request.argv;
    spec->cwd = request.cwd;
    spec->env = shared(request.env);
    spec->policy = request.restart;
    spec->stop_signal = request.stop_signal;
    spec->stop_timeout = request.stop_timeout;
    spec->umask = request.umask.value_or(0022);
    spec->created = os::wall_now();
    core::process_record record;
    record.spec = std::move(spec);
    record.state = protocol::process_state::stopped;
    auto& made = add_child(std::move(record), false, {});
    made.fresh = true;
    begin(m.id, operation_kind::start, m.what.reply_to, true, m.what.by);
  }

  /// The environment of the run before, if it is the same one.
  std::shared_ptr<const core::environment>
  shared(const core::environment& env) {
    if (!last_environment_ || *last_environment_ != env)
      last_environment_ = std::make_shared<core::environment>(env);
    return last_environment_;
  }

  void submit(submission& m) {
    std::visit([&](const auto& request) { serve(m, request); }, m.what->what);
  }

  void serve(const submission& m, const protocol::stop_request& r) {
    operate_on(m, r.what, operation_kind::stop, core::action::stop);
  }
  void serve(const submission& m, const protocol::start_request& r) {
    operate_on(m, r.what, operation_kind::start, core::action::start);
  }
  void serve(const submission& m, const protocol::restart_request& r) {
    operate_on(m, r.what, operation_kind::restart, core::action::restart);
  }
  void serve(const submission& m, const protocol::remove_request& r) {
    operate_on(m, r.what, operation_kind::remove, core::action::remove);
  }

  void serve(const submission& m, const protocol::status_request& r) {
    protocol::status_list list;
    if (r.what) {
      const auto* found = find(m, *r.what);
      if (!found)
        return;
      list.entries.push_back(show(*found->view, viewer_of(m), os::boottime()));
    } else {
      list.entries = entries_for(viewer_of(m));
    }
    reply(m.reply_to, std::move(list));
  }

  void serve(const submission& m, const protocol::logs_request& r) {
    const auto* found = find(m, r.what);
    if (!found || !permit(m, *found->view, core::action::read_logs))
      return;
    if (!owner_) {
      reply(m.reply_to,
            make_error(errc::unavailable, "the home directory of uid "
                                              + std::to_string(uid_)
                                              + " is not known"));
      return;
    }
    const auto& spec = *found->view->record.spec;
    auto paths = core::log_paths_for(owner_->home, spec.id, spec.name);
    if (paths.ok())
      reply(m.reply_to, *std::move(paths));
    else
      reply(m.reply_to, std::move(paths).failure());
  }

  template <class Other>
  void serve(const submission& m, const Other&) {
    reply(m.reply_to, make_error(errc::internal, "request went astray"));
  }

  void operate_on(const submission& m, const protocol::target& what,
                  operation_kind kind, core::action action) {
    auto* found = find(m, what);
    if (!found || !permit(m, *found->view, action))
      return;
    refresh_owner(m, *found);
    begin(found->view->record.spec->id, kind, m.reply_to, false, m.by);
  }

  void begin(uint32_t id, operation_kind kind, const ticket& reply_to,
             bool is_run, requester_ptr by = nullptr) {
    const auto operation = next_operation_++;
    waiters_.emplace(operation, waiter{reply_to, kind, id, is_run});
    if (const auto& actor = children_.at(id).actor)
      tell(self_, actor, operate{operation, kind, std::move(by)});
    else
      fail_waiters(id, make_error(errc::internal,
                                  "what manages process " + std::to_string(id)
                                      + " fails again and again",
                                  "an administrator starts hiidet anew"));
  }

  /// A process as it is called by whoever asks; answers itself if there is
  /// none. Names are the owner's, so only the owner's requests bring one.
  child* find(const submission& m, const protocol::target& what) {
    uint32_t id = 0;
    std::string called;
    if (const auto* by_name = std::get_if<std::string>(&what)) {
      called = "named " + *by_name;
      if (auto i = names_.find(*by_name); i != names_.end())
        id = i->second;
    } else {
      id = std::get<uint32_t>(what);
      called = std::to_string(id);
    }
    auto i = children_.find(id);
    if (i == children_.end() || i->second.leaving) {
      reply(m.reply_to, make_error(errc::not_found, "no process " + called,
                                   "hiisi status lists yours"));
      return nullptr;
    }
    return &i->second;
  }

  bool permit(const submission& m, const process_view& view,
              core::action action) {
    if (core::may(viewer_of(m), action, uid_))
      return true;
    const auto& spec = *view.record.spec;
    reply(m.reply_to,
          make_error(errc::not_permitted,
                     "process " + std::to_string(spec.id) + " belongs to "
                         + spec.user,
                     "only its owner, root and members of hiisi-admin may do "
                     "this"));
    return false;
  }

  static core::subject viewer_of(const submission& m) {
    return {m.caller->uid, m.caller->administrator};
  }

  /// A request of the owner's brings what the name services say just now:
  /// groups may have changed since the last start.
  void refresh_owner(const submission& m, child& c) {
    if (m.caller->uid == uid_)
      owner_ = m.caller;
    if (owner_)
      tell(self_, c.actor, owner_known{owner_});
  }

  std::vector<protocol::status_entry>
  entries_for(const core::subject& viewer) const {
    std::vector<protocol::status_entry> entries;
    entries.reserve(children_.size());
    const auto now = os::boottime();
    for (const auto& [id, c] : children_)
      if (!c.leaving && !c.fresh)
        entries.push_back(show(*c.view, viewer, now));
    return entries;
  }

  void describe_all(const describe& m) {
    tell(self_, to_.host,
         described{m.gathering, uid_,
                   entries_for({m.caller->uid, m.caller->administrator})});
  }

  void suspend(const requester_ptr& by) {
    suspending_ += children_.size();
    if (suspending_ == 0)
      tell(self_, to_.host, suspended{uid_});
    for (const auto& [id, c] : children_)
      begin(id, operation_kind::suspend, {}, false, by);
  }

  // -- children ---------------------------------------------------------------

  child& add_child(core::process_record record, bool recovered,
                   std::optional<core::live_record> live) {
    const auto id = record.spec->id;
    auto& c = children_[id];
    names_[record.spec->name] = id;
    c.view = std::make_shared<process_view>(process_view{record, {}, {}});
    c.actor = spawn_process_actor(*self_,
                                  {self_, to_.keeper, to_.store, to_.events},
                                  {std::move(record), settings_.process, owner_,
                                   recovered, std::move(live)});
    by_address_[c.actor.address()] = id;
    self_->monitor(c.actor);
    return c;
  }

  void take_over(adopt& m) {
    if (!owner_)
      tell(self_, to_.directory, identify{uid_, self_});
    for (auto& record : m.records) {
      const auto id = record.spec->id;
      if (children_.count(id) != 0)
        continue; // Two failures in a row bring the records twice.
      auto live = std::find_if(m.live.begin(), m.live.end(),
                               [id](const auto& l) { return l.id == id; });
      add_child(std::move(record), true,
                live != m.live.end() ? std::optional{*live} : std::nullopt);
    }
  }

  void changed(process_changed& m) {
    auto i = children_.find(m.id);
    if (i == children_.end())
      return;
    i->second.view = std::move(m.view);
    const auto& record = i->second.view->record;
    // Only plain runs are forgotten: what has a restart policy was meant to
    // stay, and a user who stopped it will look for it.
    if (core::is_finished(record.state) && !i->second.fresh
        && !i->second.leaving
        && record.spec->policy == protocol::restart_policy::no)
      finished_.insert(m.id);
    else
      finished_.erase(m.id);
    while (finished_.size() > settings_.finished_kept) {
      const auto oldest = *finished_.begin();
      finished_.erase(finished_.begin());
      children_.at(oldest).leaving = true;
      begin(oldest, operation_kind::remove, {}, false);
    }
  }

  void done(operation_done& m) {
    auto i = waiters_.find(m.operation);
    if (i == waiters_.end())
      return;
    const auto w = std::move(i->second);
    waiters_.erase(i);
    auto& c = children_.at(m.id);
    c.rebuilds = 0;
    if (w.kind == operation_kind::suspend) {
      if (--suspending_ == 0)
        tell(self_, to_.host, suspended{uid_});
      return;
    }
    if (!m.outcome.ok()) {
      if (w.is_run) {
        // Its name is free at once, for whoever mends the command.
        c.leaving = true;
        free_name(m.id);
        begin(m.id, operation_kind::remove, {}, false);
      } else if (w.kind == operation_kind::remove) {
        // What cannot be forgotten is shown, so that it can be removed later.
        c.leaving = c.fresh = false;
        names_.emplace(c.view->record.spec->name, m.id);
      }
      reply(w.reply_to, std::move(m.outcome).failure());
      return;
    }
    c.fresh = false;
    switch (w.kind) {
    case operation_kind::start:
    case operation_kind::restart:
      reply(w.reply_to,
            protocol::process_started{m.id, c.view->record.spec->name});
      break;
    case operation_kind::stop:
      reply(w.reply_to, protocol::process_stopped{});
      break;
    case operation_kind::remove:
      forget(m.id);
      reply(w.reply_to, protocol::process_removed{});
      break;
    case operation_kind::suspend:
      break; // Answered above, all at once.
    }
  }

  void free_name(uint32_t id) {
    const auto i = names_.find(children_.at(id).view->record.spec->name);
    if (i != names_.end() && i->second == id)
      names_.erase(i);
  }

  void forget(uint32_t id) {
    auto i = children_.find(id);
    free_name(id);
    by_address_.erase(i->second.actor.address());
    finished_.erase(id);
    children_.erase(i);
    tell(self_, to_.host, id_released{id});
    fail_waiters(id, make_error(errc::not_found, "process " + std::to_string(id)
                                                     + " has been removed"));
  }

  /// Whoever still waits for `id` is told `why`.
  void fail_waiters(uint32_t id, const protocol::error& why) {
    for (auto i = waiters_.begin(); i != waiters_.end();) {
      if (i->second.id == id) {
        if (i->second.kind == operation_kind::suspend && --suspending_ == 0)
          tell(self_, to_.host, suspended{uid_});
        reply(i->second.reply_to, why);
        i = waiters_.erase(i);
      } else {
        ++i;
      }
    }
  }

  /// A process_actor has ended. One that was removed is in no table any more;
  /// any other has failed, and is built anew from what was last known.
  void child_down(const caf::down_msg& m) {
    auto i = by_address_.find(m.source);
    if (i == by_address_.end())
      return;
    const auto id = i->second;
    by_address_.erase(i);
    auto& c = children_.at(id);
    fail_waiters(id, make_error(errc::internal,
                                "what manages process " + std::to_string(id)
                                    + " failed and was restarted",
                                "look at hiisi status and try again"));
    auto record = c.view->record;
    const auto rebuilds = c.rebuilds + 1;
    if (rebuilds > max_rebuilds) {
      c.actor = nullptr; // It stays in the table as it was last seen.
      return;
    }
    core::live_record live;
    live.id = id;
    live.run = record.run;
    live.boot_id = os::this_boot();
    const auto was_up = core::is_up(record.state);
    children_.erase(id);
    auto& again = add_child(std::move(record), true,
                            was_up ? std::optional{live} : std::nullopt);
    again.rebuilds = rebuilds;
  }

  void learn_owner(identified& m) {
    owner_ = m.who.ok() ? *m.who : nullptr;
    for (auto& [id, c] : children_)
      tell(self_, c.actor, owner_known{owner_});
  }

  void reconfigured(const reconfigure& m) {
    settings_ = {m.settings, m.finished_kept};
    for (auto& [id, c] : children_)
      tell(self_, c.actor, m);
  }

  caf::event_based_actor* self_;
  uint32_t uid_ = 0;
  supervisor_neighbours to_;
  supervisor_settings settings_;
  identity_ptr owner_;
  std::shared_ptr<const core::environment> last_environment_;
  /// By id, so that every list comes in the order of age.
  std::map<uint32_t, child> children_;
  /// Plain runs that have ended, the oldest first.
  std::set<uint32_t> finished_;
  std::map<std::string, uint32_t, std::less<>> names_;
  std::unordered_map<caf::actor_addr, uint32_t> by_address_;
  std::unordered_map<uint64_t, waiter> waiters_;
  uint64_t next_operation_ = 1;
  /// How many have yet to end as the host goes down.
  size_t suspending_ = 0;
};

caf::behavior user_supervisor(caf::stateful_actor<supervisor_state>* self,
                              uint32_t uid, supervisor_neighbours neighbours,
                              supervisor_settings settings) {
  auto& state = state_of(self);
  state.init(uid, std::move(neighbours), settings);
  return state.make_behavior();
}

} // namespace

caf::actor spawn_user_supervisor(caf::local_actor& parent, uint32_t uid,
                                 supervisor_neighbours neighbours,
                                 supervisor_settings settings) {
  return parent.spawn(user_supervisor, uid, std::move(neighbours), settings);
}

} // namespace hiisi::actors
