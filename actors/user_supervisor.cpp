#include "actors/user_supervisor.hpp"

#include "actors/caf_compat.hpp"
#include "actors/child_table.hpp"
#include "actors/child_views.hpp"
#include "actors/core/authorization.hpp"
#include "actors/core/log_paths.hpp"
#include "actors/core/start_budget.hpp"
#include "actors/observed.hpp"
#include "actors/os/clock.hpp"
#include "actors/port_claims.hpp"
#include "actors/quota_clerk.hpp"
#include "actors/reply.hpp"
#include "actors/run_intake.hpp"
#include "actors/status_answers.hpp"
#include "actors/supervised_children.hpp"
#include "actors/supervisor_errors.hpp"
#include "actors/user_allowance.hpp"
#include "actors/user_operations.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <variant>

namespace hiisi::actors {

namespace {

using protocol::errc;
using protocol::make_error;

/// How long more finished runs than are to be kept stay listed. Nobody waits
/// for their end, but somebody may for what is stopped beside them.
constexpr std::chrono::seconds forget_delay{1};

/// Status is not kept longer than this from who asks, should the keeper be
/// away.
constexpr std::chrono::seconds comparison_patience{2};

class supervisor_state {
public:
  static inline const char* name = "user_supervisor";

  explicit supervisor_state(caf::event_based_actor* self) : self_(self) {}

  void init(uint32_t uid, supervisor_neighbours neighbours,
            supervisor_settings settings) {
    uid_ = uid;
    to_ = std::move(neighbours);
    settings_ = std::move(settings);
    claims_.emplace(self_, uid_, to_.ports);
    supervised_.emplace(self_, uid_, to_, settings_.process, starts_);
    operations_.emplace(self_, uid_, to_.host, children(), *claims_);
    intake_.emplace(self_, uid_, to_.host, *supervised_, *claims_,
                    *operations_);
    allowance_.emplace(uid_, children(), *claims_, starts_);
    status_.emplace(self_, uid_, to_.host, children());
    set_limits();
    self_->set_down_handler([this](caf::down_msg& m) {
      if (m.source == to_.host.address())
        self_->quit();
      else
        child_down(m);
    });
    self_->monitor(to_.host);
  }

  caf::behavior make_behavior() {
    return observed(
        self_, "event-based",
        {name, "uid " + std::to_string(uid_), to_.host.id(), uid_,
         settings_.rebuilds},
        {[this] { return line(); }, [this] { return whole(); }},
        [this](run_as& m) { run(std::move(m)); },
        [this](ports_claimed& m) { intake_->claimed(m); },
        [this](submission& m) { submit(m); },
        [this](adopt& m) { take_over(m); },
        [this](describe& m) { status_->answer(m); },
        [this](show_views) { return shown_views{children().views()}; },
        [this](show_writers& m) { tell(self_, m.asker, writers()); },
        [this](suspend_all& m) { operations_->suspend_all(m.by); },
        [this](locate_processes& m) { locate(m); },
        [this](ports_unused& m) { status_->set_unused(std::move(m.all)); },
        [this](process_changed& m) { changed(m); },
        [this](const comparison_late&) { status_->gate().give_up(); },
        [this](operation_done& m) { done(m); },
        [this](forget_oldest) { forget_surplus(); },
        [this](count_use& m) { count(m); },
        [this](identified& m) { learn_owner(m); },
        [this](const identify&) {
          tell(self_, to_.directory, identify{uid_, self_});
        },
        [this](reconfigure& m) { reconfigured(m); });
  }

private:
  // -- for those who look -----------------------------------------------------

  std::string line() const {
    return std::to_string(children().size()) + " processes";
  }

  core::ron::value whole() const {
    return core::ron::struct_builder{"user_supervisor"}
        .add("uid", uid_)
        .add("owner_known", owner() != nullptr)
        .add("suspending", operations_->suspending())
        .add("processes", portrait_of(children()))
        .build();
  }

  // -- requests ---------------------------------------------------------------

  void reply(const ticket& to, protocol::payload what) {
    send_reply(self_, to, std::move(what));
  }

  void run(run_as m) {
    note_owner(m.what.caller);
    auto good = intake_->check(m);
    if (good)
      good = allowance_->check_run(request_of(m));
    if (good)
      good = allowance_->take_start(m.what);
    if (good)
      intake_->accept(std::move(m));
    else
      intake_->refuse(m, std::move(good).failure());
  }

  void submit(submission& m) {
    std::visit([&](const auto& request) { serve(m, request); }, m.what->what);
  }

  void serve(const submission& m, const protocol::stop_request& r) {
    operate_on(m, r.what, operation_kind::stop, core::action::stop);
  }
  void serve(const submission& m, const protocol::start_request& r) {
    start(m, r.what, operation_kind::start, core::action::start);
  }
  void serve(const submission& m, const protocol::restart_request& r) {
    start(m, r.what, operation_kind::restart, core::action::restart);
  }

  void start(const submission& m, const protocol::target& what,
             operation_kind kind, core::action action) {
    auto* found = find(m, what);
    if (!found || !permit(m, *found, action))
      return;
    refresh_owner(m, *found);
    auto good = allowance_->check_start(m, *found);
    if (good)
      good = allowance_->take_start(m);
    if (!good)
      return reply(m.reply_to, std::move(good).failure());
    operations_->begin(found->spec().id, kind, m.reply_to, m.by);
  }
  void serve(const submission& m, const protocol::remove_request& r) {
    if (auto* c
        = operate_on(m, r.what, operation_kind::remove, core::action::remove))
      c->free_ports = r.free_ports;
  }

  void serve(const submission& m, const protocol::status_request& r) {
    status_->answer(m, r);
  }

  void serve(const submission& m, const protocol::logs_request& r) {
    const auto* found = find(m, r.what);
    if (!found || !permit(m, *found, core::action::read_logs))
      return;
    if (!owner()) {
      reply(m.reply_to, home_unknown(uid_));
      return;
    }
    const auto& spec = found->spec();
    auto paths = core::log_paths_for(owner()->home, spec.id, spec.name);
    if (paths.ok())
      reply(m.reply_to, *std::move(paths));
    else
      reply(m.reply_to, std::move(paths).failure());
  }

  template <class Other>
  void serve(const submission& m, const Other&) {
    reply(m.reply_to, make_error(errc::internal, "request went astray"));
  }

  /// The process, or null where the request was refused.
  child* operate_on(const submission& m, const protocol::target& what,
                    operation_kind kind, core::action action) {
    auto* found = find(m, what);
    if (!found || !permit(m, *found, action))
      return nullptr;
    refresh_owner(m, *found);
    operations_->begin(found->spec().id, kind, m.reply_to, m.by);
    return found;
  }

  /// A process as it is called by whoever asks; answers itself if there is
  /// none. Names are the owner's, so only the owner's requests bring one.
  child* find(const submission& m, const protocol::target& what) {
    auto* found = children().find(what);
    if (!found)
      reply(m.reply_to, no_process(what));
    return found;
  }

  bool permit(const submission& m, const child& c, core::action action) {
    if (core::may(c.seen_by(viewer_of(m)), action, uid_))
      return true;
    reply(m.reply_to, not_yours(c.spec()));
    return false;
  }

  static core::subject viewer_of(const submission& m) {
    return {m.caller->uid, m.caller->administrator};
  }

  /// A request of the owner's brings what the name services say just now:
  /// groups may have changed since the last start.
  void refresh_owner(const submission& m, child& c) {
    if (m.caller->uid == uid_)
      note_owner(m.caller);
    if (owner())
      supervised_->tell_owner(c);
  }

  /// Who has the uid by what is known now; null for nobody.
  void note_owner(identity_ptr who) {
    supervised_->set_owner(std::move(who));
    set_limits();
  }

  void locate(const locate_processes& m) {
    const std::set<uint32_t> ids(m.ids.begin(), m.ids.end());
    processes_located out{m.round,
                          located_among(children(), uid_, ids, m.traces)};
    // What waits for its ports is about to be defined.
    for (const auto& [id, waiting] : claims_->all())
      if (ids.contains(id))
        out.processes.push_back(
            {id, uid_, request_of(waiting).name.value_or(""), 0});
    tell(self_, m.asker, std::move(out));
  }

  // -- limits -----------------------------------------------------------------

  /// Anew whenever something is known of the owner, or of the rules.
  void set_limits() { allowance_->set(settings_.limits, owner()); }

  void count(const count_use& m) {
    tell(self_, m.asker, use_counted{m.question, allowance_->use(*m.who)});
  }

  // -- children ---------------------------------------------------------------

  child_table& children() { return supervised_->table(); }
  const child_table& children() const { return supervised_->table(); }
  const identity_ptr& owner() const { return supervised_->owner(); }

  void take_over(adopt& m) {
    for (const auto id : supervised_->take_over(m))
      status_->gate().found(id);
    if (!status_->gate().open())
      tell_self_after(self_, comparison_patience, comparison_late{});
  }

  /// The first that a process says which was found on disk is what came of the
  /// comparison with what the keeper holds.
  void changed(process_changed& m) {
    if (!rotation_knows_ && to_.logs && writes(*m.view)) {
      rotation_knows_ = true;
      tell(self_, to_.logs, writing_began{uid_, caf::actor{self_}});
    }
    children().update(m.id, std::move(m.view));
    status_->gate().compared(m.id);
    forget_soon();
  }

  shown_writers writers() {
    auto out = writers_of(children(), uid_, owner());
    rotation_knows_ = !out.all.empty();
    return out;
  }

  void forget_soon() {
    if (children().surplus(settings_.finished_kept)
        && !std::exchange(forgetting_, true))
      tell_self_after(self_, forget_delay, forget_oldest{});
  }

  void forget_surplus() {
    forgetting_ = false;
    while (const auto oldest = children().take_surplus(settings_.finished_kept))
      operations_->begin(*oldest, operation_kind::remove, {});
  }

  void done(operation_done& m) {
    operations_->done(m);
    forget_soon();
  }

  /// Whoever waits for a process whose actor has failed is told before that is
  /// built anew.
  void child_down(const caf::down_msg& m) {
    const auto id = supervised_->failed(m.source);
    if (!id)
      return;
    operations_->fail_all_of(*id, manager_failed(*id));
    supervised_->rebuild(*id);
  }

  void learn_owner(identified& m) {
    if (!supervised_->learn_owner(m))
      return;
    set_limits();
    supervised_->tell_owner();
  }

  void reconfigured(const reconfigure& m) {
    settings_.finished_kept = m.finished_kept;
    settings_.limits = m.limits;
    set_limits();
    supervised_->reconfigure(m);
  }

  caf::event_based_actor* self_;
  uint32_t uid_ = 0;
  supervisor_neighbours to_;
  supervisor_settings settings_;
  std::shared_ptr<core::start_budget> starts_
      = std::make_shared<core::start_budget>();
  /// Runs whose ports the registry has not given yet.
  std::optional<port_claims> claims_;
  std::optional<supervised_children> supervised_;
  std::optional<user_operations> operations_;
  std::optional<user_allowance> allowance_;
  std::optional<run_intake> intake_;
  std::optional<status_answers> status_;
  /// The log_rotator looks after the logs of what runs.
  bool rotation_knows_ = false;
  /// There are too many finished runs, and some will be forgotten.
  bool forgetting_ = false;
};

caf::behavior user_supervisor(caf::stateful_actor<supervisor_state>* self,
                              uint32_t uid, supervisor_neighbours neighbours,
                              supervisor_settings settings) {
  auto& state = state_of(self);
  state.init(uid, std::move(neighbours), std::move(settings));
  return state.make_behavior();
}

} // namespace

caf::actor spawn_user_supervisor(caf::local_actor& parent, uint32_t uid,
                                 supervisor_neighbours neighbours,
                                 supervisor_settings settings) {
  return parent.spawn(user_supervisor, uid, std::move(neighbours),
                      std::move(settings));
}

} // namespace hiisi::actors
