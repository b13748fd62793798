#include "actors/hook_runner.hpp"

#include "actors/caf_compat.hpp"
#include "actors/core/exit_status.hpp"
#include "actors/core/start_failure.hpp"
#include "actors/hook_book.hpp"
#include "actors/keeper_runs.hpp"
#include "actors/observed.hpp"
#include "actors/os/clock.hpp"
#include "actors/os/hook_launch.hpp"
#include "actors/reply.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace hiisi::actors {

namespace {

namespace wire = keeper_wire;

/// How many hooks of one user run at a time.
constexpr size_t runs_per_user = 4;

class hook_state {
public:
  static inline const char* name = "hook_runner";

  explicit hook_state(caf::event_based_actor* self) : self_(self) {}

  void init(hook_runner_setup setup) {
    setup_ = std::move(setup);
    book_.emplace(setup_.files, setup_.settings);
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(
        os::wall_now().time_since_epoch());
    keeper_runs_.emplace(self_, setup_.keeper,
                         run_numbers{os::first_hook_run, number_mask},
                         static_cast<uint32_t>(seconds.count() % 0x4000'0000),
                         [this](const keeper_runs::end& what) { over(what); });
    for (const auto& warning : book_->load())
      setup_.warn(warning);
    watch_if_needed();
  }

  caf::behavior make_behavior() {
    return observed(
        self_, "detached", {name, {}, 0, {}, 0},
        {[this] { return line(); }, [this] { return whole(); }},
        [this](noted& m) { hear_of(*m.what); },
        [this](hook_submission& m) { serve(m.what); },
        [this](identified& m) { start_due(m); },
        [this](hook_due& m) {
          users_[m.uid].timer = false;
          start_soon(m.uid);
        },
        [this](hook_deadline& m) { cut_short(m.run_id); },
        [this](keeper_news& m) { keeper_runs_->hear(m); },
        [this](spawn_impossible& m) { keeper_runs_->hear(m); },
        [this](reconcile& m) { keeper_runs_->hear(m); },
        [this](limit_hooks& m) {
          setup_.settings = m.settings;
          book_->reconfigure(m.settings);
        });
  }

private:
  static constexpr uint32_t number_mask = 0x3FFF'FFFF;

  struct user {
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

  // -- for those who look -----------------------------------------------------

  std::string line() const {
    size_t hooks = 0;
    book_->for_each([&](uint32_t, const hook_book::hook&) { ++hooks; });
    return std::to_string(hooks) + " hooks, " + std::to_string(runs_.size())
           + " running";
  }

  core::ron::value whole() const {
    std::vector<core::ron::value> hooks;
    book_->for_each([&](uint32_t uid, const hook_book::hook& h) {
      hooks.push_back(core::ron::struct_builder{}
                          .add("uid", uid)
                          .add("number", h.kept.number)
                          .add("running", h.throttle.running())
                          .add("runs", h.runs)
                          .add("left_out", h.throttle.left_out())
                          .add("last_outcome", h.last_outcome)
                          .build());
    });
    return core::ron::struct_builder{"hook_runner"}
        .add("watching", watching_)
        .add("hooks", core::ron::value::list(std::move(hooks)))
        .build();
  }

  // -- what happens -----------------------------------------------------------

  void serve(const submission& m) {
    auto answer = book_->answer(m.caller->uid, m.what->what);
    watch_if_needed();
    send_reply(self_, m.reply_to, std::move(answer));
  }

  /// Events are asked for only while somebody has a hook.
  void watch_if_needed() {
    const auto any = !book_->empty();
    if (any != std::exchange(watching_, any))
      tell(self_, setup_.events, watch_events{self_, any});
  }

  void hear_of(const protocol::event& what) {
    const auto uid = what.uid.value_or(setup_.daemon_owner);
    if (book_->hear_of(uid, what))
      start_soon(uid);
  }

  /// By the clock that the timers go by.
  [[nodiscard]] std::chrono::nanoseconds now() const {
    return self_->clock().now().time_since_epoch();
  }

  /// Starts what is due now, and comes back for the rest.
  void start_soon(uint32_t uid) {
    auto& owner = users_[uid];
    if (owner.asking || owner.running >= runs_per_user)
      return;
    std::optional<std::chrono::nanoseconds> first;
    for (const auto& [number, h] : book_->of(uid))
      if (auto due = h.throttle.due_in(now()); due && (!first || *due < *first))
        first = due;
    if (!first)
      return;
    if (first->count() == 0) {
      // Groups may have changed since the run before.
      owner.asking = true;
      tell(self_, setup_.directory, identify{uid, self_});
    } else if (!std::exchange(owner.timer, true)) {
      tell_self_after(self_,
                      std::chrono::ceil<std::chrono::milliseconds>(*first),
                      hook_due{uid});
    }
  }

  void start_due(const identified& m) {
    auto& owner = users_[m.uid];
    owner.asking = false;
    for (auto& [number, h] : book_->of(m.uid)) {
      const auto due = h.throttle.due_in(now());
      if (!due || due->count() > 0 || owner.running >= runs_per_user)
        continue;
      auto input = h.throttle.begin(now());
      h.last_run = os::wall_now();
      ++h.runs;
      if (m.who.ok()) {
        start(h, **m.who, std::move(input));
      } else {
        h.throttle.end();
        h.last_outcome = "not started: " + m.who.failure().message;
      }
    }
    start_soon(m.uid);
  }

  // -- runs -------------------------------------------------------------------

  void start(hook_book::hook& h, const os::identity& owner, std::string input) {
    const auto id = keeper_runs_->start(std::make_shared<os::launch_spec>(
        os::plan_hook(h.kept, owner, std::move(input))));
    runs_.emplace(id, run{owner.uid, h.kept.number, owner.name, false});
    ++users_[owner.uid].running;
    h.last_outcome = "running";
    tell_self_after(self_, setup_.settings.timeout, hook_deadline{id});
  }

  void over(const keeper_runs::end& what) {
    using enum keeper_runs::ending;
    switch (what.how) {
    case ended:
      tell_end(what.id, what.slot);
      break;
    case start_failed:
      finish(what.id, failed_start(what.slot), true);
      break;
    case refused:
      finish(what.id, core::describe_refusal(what.slot.error), true);
      break;
    case impossible:
      finish(what.id, what.reason, true);
      break;
    case lost:
      finish(what.id, "lost with the keeper", true);
      break;
    }
  }

  std::string failed_start(const wire::message& m) {
    core::process_spec spec;
    if (const auto i = runs_.find(m.id); i != runs_.end()) {
      spec.uid = i->second.uid;
      if (const auto* h = book_->find(i->second.uid, i->second.number)) {
        spec.argv = h->kept.what.argv;
        spec.cwd = h->kept.what.cwd;
      }
    }
    return core::describe_start_failure(m.at, m.error, spec, "");
  }

  void tell_end(uint32_t id, const wire::message& m) {
    using protocol::exit_info;
    const auto exit = core::exit_from_wait_status(
        m.status, (m.flags & wire::flag_status_unknown) != 0, {});
    if (runs_.at(id).too_long)
      finish(id, "took too long and was killed", true);
    else if (exit.how == exit_info::kind::signaled)
      finish(id, "killed by signal " + std::to_string(exit.value), true);
    else if (exit.how == exit_info::kind::unknown)
      finish(id, "ended (status unknown)", true);
    else
      finish(id, "exited (" + std::to_string(exit.value) + ")",
             exit.value != 0);
  }

  void cut_short(uint32_t id) {
    if (const auto i = runs_.find(id); i != runs_.end()) {
      i->second.too_long = true;
      keeper_runs_->cancel(id);
    }
  }

  void finish(uint32_t id, std::string outcome, bool failed) {
    const auto gone = runs_.extract(id);
    const auto& r = gone.mapped();
    --users_[r.uid].running;
    if (auto* h = book_->find(r.uid, r.number)) {
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
    e.what = protocol::event_kind::hook;
    e.uid = r.uid;
    e.user = r.user;
    e.by.who = protocol::event_cause::kind::policy;
    e.text = "hook " + std::to_string(r.number) + ": " + std::move(outcome);
    tell(self_, setup_.events, happened{std::move(e)});
  }

  caf::event_based_actor* self_;
  hook_runner_setup setup_;
  std::optional<hook_book> book_;
  std::map<uint32_t, user> users_;
  std::map<uint32_t, run> runs_;
  std::optional<keeper_runs> keeper_runs_;
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
