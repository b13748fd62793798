#include "actors/hook_runner.hpp"

#include "actors/caf_compat.hpp"
#include "actors/core/exit_status.hpp"
#include "actors/core/start_failure.hpp"
#include "actors/os/clock.hpp"
#include "actors/os/hook_launch.hpp"
#include "actors/reply.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <algorithm>
#include <map>
#include <utility>

namespace hiisi::actors {

namespace {

using protocol::errc;
using protocol::event_kind;
using protocol::make_error;
namespace wire = keeper_wire;

/// How many hooks one user may have, and have running at a time.
constexpr size_t hooks_per_user = 20;
constexpr size_t runs_per_user = 4;

class hook_state {
public:
  static inline const char* name = "hook_runner";

  explicit hook_state(caf::event_based_actor* self) : self_(self) {}

  void init(hook_runner_setup setup) {
    setup_ = std::move(setup);
    // After a restart the keeper may still hold runs of before, so these
    // begin elsewhere.
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(
        os::wall_now().time_since_epoch());
    next_run_ = os::first_hook_run
                + static_cast<uint32_t>(seconds.count() % 0x4000'0000);
    auto loaded = setup_.files->load();
    if (!loaded) {
      setup_.warn("hooks cannot be read: " + loaded.failure().message);
      return;
    }
    damaged_ = std::move(loaded->damaged);
    for (const auto& [uid, why] : damaged_)
      setup_.warn(why.message + " (its hooks are not run)");
    for (auto& [uid, kept] : loaded->by_uid) {
      auto& user = users_[uid];
      user.next_number = kept.next_number;
      for (auto& one : kept.hooks)
        user.hooks.emplace(one.number, make_hook(std::move(one)));
    }
    watch_if_needed();
  }

  caf::behavior make_behavior() {
    quiet(self_);
    return {
        [this](noted& m) { hear_of(*m.what); },
        [this](hook_submission& m) { serve(m.what); },
        [this](identified& m) { start_due(m); },
        [this](hook_due& m) {
          users_[m.uid].timer = false;
          start_soon(m.uid);
        },
        [this](hook_deadline& m) { cut_short(m.run_id); },
        [this](keeper_news& m) { hear(m.what); },
        [this](spawn_impossible& m) { finish(m.run, m.reason, true); },
        [this](reconcile& m) { compare(m); },
        [this](limit_hooks& m) {
          setup_.settings = m.settings;
          for (auto& [uid, user] : users_)
            for (auto& [number, h] : user.hooks)
              h.throttle.reconfigure(m.settings);
        },
    };
  }

private:
  struct hook {
    core::kept_hook kept;
    core::hook_throttle throttle;
    uint64_t runs = 0;
    std::optional<protocol::wall_time> last_run;
    std::string last_outcome;
  };

  struct user_hooks {
    uint32_t next_number = 1;
    std::map<uint32_t, hook> hooks;
    size_t running = 0;
    /// The user database is being asked for whom the next runs are.
    bool asking = false;
    /// A hook_due is on its way.
    bool timer = false;
  };

  struct run {
    uint32_t uid = 0;
    uint32_t number = 0;
    std::string user;
    bool too_long = false;
  };

  hook make_hook(core::kept_hook kept) const {
    return {std::move(kept), core::hook_throttle{setup_.settings}, 0, {}, {}};
  }

  /// By the clock that the timers go by.
  [[nodiscard]] std::chrono::nanoseconds now() const {
    return self_->clock().now().time_since_epoch();
  }

  // -- requests ---------------------------------------------------------------

  void serve(const submission& m) {
    std::visit([&](const auto& request) { serve(m, request); }, m.what->what);
  }

  void serve(const submission& m, const protocol::hook_add_request& r) {
    const auto uid = m.caller->uid;
    auto& user = users_[uid];
    if (auto damage = damaged_.find(uid); damage != damaged_.end()) {
      send_reply(self_, m.reply_to, damage->second);
      return;
    }
    if (std::find(r.on.begin(), r.on.end(), event_kind::hook) != r.on.end()) {
      send_reply(self_, m.reply_to,
                 make_error(errc::invalid_argument,
                            "the ends of hooks run no hooks",
                            "choose another kind of event"));
      return;
    }
    if (user.hooks.size() >= hooks_per_user) {
      send_reply(self_, m.reply_to,
                 make_error(errc::limit_exceeded,
                            "you have " + std::to_string(hooks_per_user)
                                + " hooks, which is the limit",
                            "remove one: hiisi hook rm NUMBER"));
      return;
    }
    const auto number = user.next_number++;
    user.hooks.emplace(number, make_hook({number, os::wall_now(), r}));
    if (auto saved = save(uid); !saved) {
      user.hooks.erase(number);
      send_reply(self_, m.reply_to, std::move(saved).failure());
      return;
    }
    watch_if_needed();
    send_reply(self_, m.reply_to, protocol::hook_added{number});
  }

  void serve(const submission& m, const protocol::hook_list_request&) {
    protocol::hook_list list;
    for (const auto& [number, h] : users_[m.caller->uid].hooks)
      list.entries.push_back({number, h.kept.what.on, h.kept.what.what,
                              h.kept.what.argv, h.kept.what.cwd, h.kept.created,
                              h.runs, h.last_run, h.last_outcome});
    send_reply(self_, m.reply_to, std::move(list));
  }

  void serve(const submission& m, const protocol::hook_remove_request& r) {
    const auto uid = m.caller->uid;
    auto& hooks = users_[uid].hooks;
    auto gone = hooks.extract(r.number);
    if (!gone) {
      send_reply(self_, m.reply_to,
                 make_error(errc::not_found,
                            "you have no hook " + std::to_string(r.number),
                            "hiisi hook list shows yours"));
      return;
    }
    if (auto saved = save(uid); !saved) {
      hooks.insert(std::move(gone));
      send_reply(self_, m.reply_to, std::move(saved).failure());
      return;
    }
    watch_if_needed();
    send_reply(self_, m.reply_to, protocol::hook_removed{});
  }

  template <class Other>
  void serve(const submission& m, const Other&) {
    send_reply(self_, m.reply_to,
               make_error(errc::internal, "request went astray"));
  }

  protocol::result<void> save(uint32_t uid) const {
    const auto& user = users_.at(uid);
    core::kept_hooks kept;
    kept.next_number = user.next_number;
    for (const auto& [number, h] : user.hooks)
      kept.hooks.push_back(h.kept);
    return setup_.files->save(uid, kept);
  }

  /// Events are asked for only while somebody has a hook.
  void watch_if_needed() {
    const auto any
        = std::any_of(users_.begin(), users_.end(),
                      [](const auto& u) { return !u.second.hooks.empty(); });
    if (any != std::exchange(watching_, any))
      tell(self_, setup_.events, watch_events{self_, any});
  }

  // -- what happens -----------------------------------------------------------

  void hear_of(const protocol::event& what) {
    if (what.what == event_kind::hook)
      return;
    const auto uid = what.uid.value_or(setup_.daemon_owner);
    auto user = users_.find(uid);
    if (user == users_.end())
      return;
    auto any = false;
    for (auto& [number, h] : user->second.hooks)
      if (concerns(h.kept.what, what)) {
        h.throttle.add(protocol::encode_event(what));
        any = true;
      }
    if (any)
      start_soon(uid);
  }

  static bool concerns(const protocol::hook_add_request& hook,
                       const protocol::event& what) {
    if (std::find(hook.on.begin(), hook.on.end(), what.what) == hook.on.end())
      return false;
    if (!hook.what)
      return true;
    if (const auto* id = std::get_if<uint32_t>(&*hook.what))
      return what.id == *id;
    return what.name == std::get<std::string>(*hook.what);
  }

  /// Starts what is due now, and comes back for the rest.
  void start_soon(uint32_t uid) {
    auto& user = users_[uid];
    if (user.asking || user.running >= runs_per_user)
      return;
    const auto at = now();
    std::optional<std::chrono::nanoseconds> first;
    for (const auto& [number, h] : user.hooks)
      if (auto due = h.throttle.due_in(at); due && (!first || *due < *first))
        first = due;
    if (!first)
      return;
    if (first->count() == 0) {
      // Groups may have changed since the run before.
      user.asking = true;
      tell(self_, setup_.directory, identify{uid, self_});
    } else if (!std::exchange(user.timer, true)) {
      tell_self_after(self_,
                      std::chrono::ceil<std::chrono::milliseconds>(*first),
                      hook_due{uid});
    }
  }

  void start_due(const identified& m) {
    auto& user = users_[m.uid];
    user.asking = false;
    const auto at = now();
    for (auto& [number, h] : user.hooks) {
      const auto due = h.throttle.due_in(at);
      if (!due || due->count() > 0 || user.running >= runs_per_user)
        continue;
      auto input = h.throttle.begin(at);
      h.last_run = os::wall_now();
      ++h.runs;
      if (m.who.ok())
        start(h, **m.who, std::move(input));
      else {
        h.throttle.end();
        h.last_outcome = "not started: " + m.who.failure().message;
      }
    }
    start_soon(m.uid);
  }

  void start(hook& h, const os::identity& owner, std::string input) {
    const auto id = next_run_;
    // It wraps around within the numbers of hooks.
    next_run_ = os::first_hook_run | (next_run_ + 1);
    runs_.emplace(id, run{owner.uid, h.kept.number, owner.name, false});
    ++users_[owner.uid].running;
    h.last_outcome = "running";
    tell(self_, setup_.keeper, watch_child{id, self_, false});
    tell(self_, setup_.keeper,
         spawn_child{id, id,
                     std::make_shared<os::launch_spec>(
                         os::plan_hook(h.kept, owner, std::move(input))),
                     self_});
    tell_self_after(self_, setup_.settings.timeout, hook_deadline{id});
  }

  // -- runs -------------------------------------------------------------------

  void command(wire::kind what, uint32_t id) {
    const auto i = runs_.find(id);
    if (i == runs_.end())
      return;
    wire::message m;
    m.what = what;
    m.id = m.run = id;
    m.uid = i->second.uid;
    tell(self_, setup_.keeper, command_child{m});
  }

  void hear(const wire::message& m) {
    switch (m.what) {
    case wire::kind::spawned:
      command(wire::kind::release, m.id);
      break;
    case wire::kind::start_failed:
      finish(m.id, failed_start(m), true);
      break;
    case wire::kind::refused:
      if (m.value == static_cast<uint32_t>(wire::kind::spawn))
        finish(m.id, core::describe_refusal(m.error), true);
      break;
    case wire::kind::exited:
    case wire::kind::emptied:
      if (m.what == wire::kind::emptied
          || (m.flags & wire::flag_tree_empty) != 0)
        ended(m);
      break;
    default:
      break;
    }
  }

  std::string failed_start(const wire::message& m) const {
    core::process_spec spec;
    if (const auto i = runs_.find(m.id); i != runs_.end()) {
      spec.uid = i->second.uid;
      if (const auto* h = hook_of(i->second)) {
        spec.argv = h->kept.what.argv;
        spec.cwd = h->kept.what.cwd;
      }
    }
    return core::describe_start_failure(m.at, m.error, spec, "");
  }

  void ended(const wire::message& m) {
    using protocol::exit_info;
    const auto exit = core::exit_from_wait_status(
        m.status, (m.flags & wire::flag_status_unknown) != 0, {});
    const auto i = runs_.find(m.id);
    const auto cut = i != runs_.end() && i->second.too_long;
    command(wire::kind::acknowledge, m.id);
    if (cut)
      finish(m.id, "took too long and was killed", true);
    else if (exit.how == exit_info::kind::signaled)
      finish(m.id, "killed by signal " + std::to_string(exit.value), true);
    else if (exit.how == exit_info::kind::unknown)
      finish(m.id, "ended (status unknown)", true);
    else
      finish(m.id, "exited (" + std::to_string(exit.value) + ")",
             exit.value != 0);
  }

  void cut_short(uint32_t id) {
    if (const auto i = runs_.find(id); i != runs_.end()) {
      i->second.too_long = true;
      command(wire::kind::kill, id);
    }
  }

  /// After the keeper was away.
  void compare(const reconcile& m) {
    if (!m.slot) {
      finish(m.id, "lost with the keeper", true);
      return;
    }
    auto news = *m.slot;
    if (news.how_far == wire::phase::empty) {
      news.what = wire::kind::emptied;
      hear(news);
    } else if (news.how_far == wire::phase::gated) {
      command(wire::kind::kill, news.id);
    }
  }

  hook* hook_of(const run& r) {
    auto& hooks = users_[r.uid].hooks;
    const auto i = hooks.find(r.number);
    return i == hooks.end() ? nullptr : &i->second;
  }
  const hook* hook_of(const run& r) const {
    const auto user = users_.find(r.uid);
    if (user == users_.end())
      return nullptr;
    const auto i = user->second.hooks.find(r.number);
    return i == user->second.hooks.end() ? nullptr : &i->second;
  }

  void finish(uint32_t id, std::string outcome, bool failed) {
    auto gone = runs_.extract(id);
    if (!gone)
      return;
    const auto& r = gone.mapped();
    tell(self_, setup_.keeper, unwatch_child{id});
    auto& user = users_[r.uid];
    --user.running;
    if (auto* h = hook_of(r)) {
      h->throttle.end();
      h->last_outcome = outcome;
    }
    if (failed)
      tell_failure(r, std::move(outcome));
    start_soon(r.uid);
  }

  void tell_failure(const run& r, std::string outcome) {
    protocol::event e;
    e.at = os::wall_now();
    e.what = event_kind::hook;
    e.uid = r.uid;
    e.user = r.user;
    e.by.who = protocol::event_cause::kind::policy;
    e.text = "hook " + std::to_string(r.number) + ": " + std::move(outcome);
    tell(self_, setup_.events, happened{std::move(e)});
  }

  caf::event_based_actor* self_;
  hook_runner_setup setup_;
  std::map<uint32_t, user_hooks> users_;
  std::map<uint32_t, protocol::error> damaged_;
  std::map<uint32_t, run> runs_;
  uint32_t next_run_ = 0;
  bool watching_ = false;
};

} // namespace

caf::actor spawn_hook_runner(caf::actor_system& system, hook_runner_setup setup,
                             bool detached) {
  auto shared = std::make_shared<hook_runner_setup>(std::move(setup));
  auto begin
      = [shared](caf::stateful_actor<hook_state>* self) -> caf::behavior {
    auto& state = state_of(self);
    state.init(std::move(*shared));
    return state.make_behavior();
  };
  return detached ? system.spawn<caf::detached>(begin) : system.spawn(begin);
}

} // namespace hiisi::actors
