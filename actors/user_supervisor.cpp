#include "actors/user_supervisor.hpp"

#include "actors/caf_compat.hpp"
#include "actors/child_table.hpp"
#include "actors/core/authorization.hpp"
#include "actors/core/log_paths.hpp"
#include "actors/core/new_process.hpp"
#include "actors/core/process_names.hpp"
#include "actors/core/process_ports.hpp"
#include "actors/core/start_budget.hpp"
#include "actors/observed.hpp"
#include "actors/os/boot_id.hpp"
#include "actors/os/clock.hpp"
#include "actors/process_actor.hpp"
#include "actors/quota_clerk.hpp"
#include "actors/reply.hpp"
#include "actors/status_table.hpp"
#include "actors/supervisor_errors.hpp"
#include "actors/waiters.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace hiisi::actors {

namespace {

using protocol::errc;
using protocol::make_error;

/// A process_actor that fails this often without a success in between is not
/// rebuilt any more: its record must be what kills it.
constexpr uint32_t max_rebuilds = 3;

/// How long more finished runs than are to be kept stay listed. Nobody waits
/// for their end, but somebody may for what is stopped beside them.
constexpr std::chrono::seconds forget_delay{1};

/// Name services that did not say who the owner is are asked again.
constexpr std::chrono::seconds ask_again{5};
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
        [this](ports_claimed& m) { claimed(std::move(m)); },
        [this](submission& m) { submit(m); },
        [this](adopt& m) { take_over(m); },
        [this](describe& m) { describe_all(m); },
        [this](show_views) { return shown_views{children_.views()}; },
        [this](show_writers& m) { tell(self_, m.asker, writers()); },
        [this](suspend_all& m) { suspend(m.by); },
        [this](locate_processes& m) { locate(m); },
        [this](ports_unused& m) { unused_ = std::move(m.all); },
        [this](process_changed& m) { changed(m); },
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
    return std::to_string(children_.size()) + " processes";
  }

  core::ron::value whole() const {
    std::vector<core::ron::value> processes;
    for (const auto& [id, c] : children_.all())
      processes.push_back(
          core::ron::struct_builder{}
              .add("id", id)
              .add("name", c.spec().name)
              .add("state", std::string{to_string(c.view->record.state)})
              .add("actor", c.actor ? c.actor.id() : 0)
              .add("rebuilds", c.rebuilds)
              .add("fresh", c.fresh)
              .add("leaving", c.leaving)
              .build());
    return core::ron::struct_builder{"user_supervisor"}
        .add("uid", uid_)
        .add("owner_known", owner_ != nullptr)
        .add("suspending", suspending_)
        .add("processes", core::ron::value::list(std::move(processes)))
        .build();
  }

  // -- requests ---------------------------------------------------------------

  void reply(const ticket& to, protocol::payload what) {
    send_reply(self_, to, std::move(what));
  }

  static const protocol::run_request& request_of(const run_as& m) {
    return std::get<protocol::run_request>(m.what.what->what);
  }

  void run(run_as m) {
    const auto& request = request_of(m);
    note_owner(m.what.caller);
    auto good = check_name(request);
    if (good)
      good = core::check_wishes(request.ports, request.argv);
    if (good)
      good = check_processes();
    if (good)
      good = check_logs({request.log_bytes, request.log_keep});
    if (good)
      good = take_start(m.what);
    if (!good)
      return refuse_run(m, std::move(good).failure());
    if (request.ports.empty())
      return define(m, {}, {});
    tell(self_, to_.ports,
         claim_ports{m.id, request.name.value_or(""), m.what.caller,
                     request.ports, self_});
    waiting_for_ports_.emplace(m.id, std::move(m));
  }

  void claimed(ports_claimed m) {
    auto waiting = waiting_for_ports_.extract(m.id);
    if (!waiting)
      return;
    if (!m.ports)
      return refuse_run(waiting.mapped(), std::move(m.ports).failure());
    // Another run may have taken the name meanwhile.
    if (auto good = check_name(request_of(waiting.mapped())); !good) {
      give_back(m.id, *m.ports, std::move(m.fresh), {});
      return refuse_run(waiting.mapped(), std::move(good).failure());
    }
    define(waiting.mapped(), *std::move(m.ports), std::move(m.fresh));
  }

  void refuse_run(const run_as& m, protocol::error why) {
    tell(self_, to_.host, id_released{m.id});
    reply(m.what.reply_to, std::move(why));
  }

  protocol::result<void> check_name(const protocol::run_request& request) {
    if (request.name)
      if (const auto other = children_.named(*request.name))
        return name_taken(*request.name, *other);
    return {};
  }

  /// A process is no more, or will not be: tells the registry so, which answers
  /// whoever waits.
  void give_back(uint32_t id, std::span<const protocol::process_port> ports,
                 std::vector<uint16_t> free, const ticket& reply_to) {
    std::vector<uint16_t> numbers;
    for (const auto& one : ports)
      numbers.push_back(one.port);
    tell(
        self_, to_.ports,
        release_ports{id, uid_, std::move(numbers), std::move(free), reply_to});
  }

  void define(const run_as& m, std::vector<protocol::process_port> ports,
              std::vector<uint16_t> fresh) {
    const auto& request = request_of(m);
    auto called
        = request.name
              ? *request.name
              : core::default_name(request.argv.front(), [this](auto n) {
                  return children_.named(n).has_value();
                });
    auto& made = add_child(
        core::record_of_new(request,
                            {m.id, std::move(called), uid_, owner_->name,
                             os::wall_now(), std::move(ports), owner_->home},
                            shared(request.env)),
        false, {});
    made.fresh = true;
    made.fresh_ports = std::move(fresh);
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
    // What has ended for good counts anew.
    auto good = children_.counts(found->spec().id) || is_done_for_another(m)
                    ? protocol::result<void>{}
                    : check_logs(found->spec().logs);
    if (good)
      good = take_start(m);
    if (!good)
      return reply(m.reply_to, std::move(good).failure());
    begin(found->spec().id, kind, m.reply_to, false, m.by);
  }
  void serve(const submission& m, const protocol::remove_request& r) {
    if (auto* c
        = operate_on(m, r.what, operation_kind::remove, core::action::remove))
      c->free_ports = r.free_ports;
  }

  void serve(const submission& m, const protocol::status_request& r) {
    when_compared([this, m, r] { show_status(m, r); });
  }

  void show_status(const submission& m, const protocol::status_request& r) {
    protocol::status_list list;
    if (r.what) {
      const auto* found = find(m, *r.what);
      if (!found)
        return;
      list.entries.push_back(show(*found->view, found->seen_by(viewer_of(m)),
                                  os::boottime(), *unused_));
    } else {
      using enum child_table::selection;
      list.entries = children_.rows(viewer_of(m), os::boottime(), *unused_,
                                    m.caller->uid == uid_ ? own : all);
    }
    reply(m.reply_to, std::move(list));
  }

  void serve(const submission& m, const protocol::logs_request& r) {
    const auto* found = find(m, r.what);
    if (!found || !permit(m, *found, core::action::read_logs))
      return;
    if (!owner_) {
      reply(m.reply_to, home_unknown(uid_));
      return;
    }
    const auto& spec = found->spec();
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

  /// The process, or null where the request was refused.
  child* operate_on(const submission& m, const protocol::target& what,
                    operation_kind kind, core::action action) {
    auto* found = find(m, what);
    if (!found || !permit(m, *found, action))
      return nullptr;
    refresh_owner(m, *found);
    begin(found->spec().id, kind, m.reply_to, false, m.by);
    return found;
  }

  void begin(uint32_t id, operation_kind kind, const ticket& reply_to,
             bool is_run, requester_ptr by = nullptr) {
    const auto operation = waiters_.enter({reply_to, kind, id, is_run});
    if (const auto& actor = children_.at(id).actor)
      tell(self_, actor, operate{operation, kind, std::move(by)});
    else
      fail_waiters(id, manager_given_up(id));
  }

  /// A process as it is called by whoever asks; answers itself if there is
  /// none. Names are the owner's, so only the owner's requests bring one.
  child* find(const submission& m, const protocol::target& what) {
    auto* found = children_.find(what);
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
    if (owner_)
      tell(self_, c.actor, owner_known{owner_of(c)});
  }

  /// Who has the uid by what is known now; null for nobody.
  void note_owner(identity_ptr who) {
    const auto same = who == owner_;
    owner_ = std::move(who);
    set_limits();
    for (auto id : same ? std::vector<uint32_t>{} : children_.ids()) {
      auto& c = children_.at(id);
      c.left_behind
          = owner_ && !core::belongs_to(c.spec(), owner_->name, owner_->home);
    }
  }

  /// The owner of that process, as far as is known; null if they are gone.
  identity_ptr owner_of(const child& c) const {
    return c.left_behind ? nullptr : owner_;
  }

  void describe_all(const describe& m) {
    when_compared([this, m] { show_all(m); });
  }

  void show_all(const describe& m) {
    tell(self_, to_.host,
         described{m.gathering, uid_,
                   children_.rows({m.caller->uid, m.caller->administrator},
                                  os::boottime(), *unused_)});
  }

  void locate(const locate_processes& m) {
    processes_located out{m.round, {}};
    std::set<uint64_t> cgroups;
    for (const auto& trace : m.traces)
      cgroups.insert(trace.cgroup_id);
    const std::set<uint32_t> ids(m.ids.begin(), m.ids.end());
    for (const auto& [id, c] : children_.all()) {
      const auto cgroup = c.view->child.cgroup_id;
      if (!c.leaving && (ids.contains(id) || cgroups.contains(cgroup)))
        out.processes.push_back({id, uid_, c.spec().name, cgroup});
    }
    // What waits for its ports is about to be defined.
    for (const auto& [id, waiting] : waiting_for_ports_)
      if (ids.contains(id))
        out.processes.push_back(
            {id, uid_, request_of(waiting).name.value_or(""), 0});
    tell(self_, m.asker, std::move(out));
  }

  void suspend(const requester_ptr& by) {
    suspending_ += children_.size();
    if (suspending_ == 0)
      tell(self_, to_.host, suspended{uid_});
    for (const auto& [id, c] : children_.all())
      begin(id, operation_kind::suspend, {}, false, by);
  }

  // -- limits -----------------------------------------------------------------

  /// Anew whenever something is known of the owner, whose groups may have
  /// changed, or of the rules. Of an owner who is not known the uid is.
  void set_limits() {
    if (!settings_.limits) {
      limits_ = core::unlimited;
      starts_->limit(core::no_limit, {});
      return;
    }
    limits_ = owner_ ? core::limits_of(*settings_.limits, uid_, owner_->name,
                                       owner_->groups)
                     : core::limits_of(*settings_.limits, uid_, {}, {});
    starts_->limit(limits_.starts_per_minute, settings_.limits->contact);
  }

  protocol::result<void> check_processes() const {
    if (!settings_.limits)
      return {};
    return core::check_limit(
        children_.defined() + waiting_for_ports_.size(), limits_.processes,
        "processes", "hiisi rm forgets some", settings_.limits->contact);
  }

  /// What the logs of what counts as a process may hold, by these rules.
  uint64_t log_use(const os::identity& owner) const {
    auto all = children_.logs();
    for (const auto& [id, waiting] : waiting_for_ports_)
      ++all[{request_of(waiting).log_bytes, request_of(waiting).log_keep}];
    return core::log_room(settings_.limits->logs, owner.name, owner.groups,
                          all);
  }

  protocol::result<void> check_logs(const core::log_wishes& wishes) const {
    if (limits_.log_bytes == core::no_limit || !owner_)
      return {};
    return core::check_log_room(log_use(*owner_),
                                core::log_room(settings_.limits->logs,
                                               owner_->name, owner_->groups,
                                               wishes),
                                limits_.log_bytes, settings_.limits->contact);
  }

  bool is_done_for_another(const submission& m) const {
    return m.caller->uid != uid_ && m.caller->administrator;
  }

  /// Counts one more start, unless that is one too many. What an administrator
  /// starts for somebody else is not held against it.
  protocol::result<void> take_start(const submission& m) {
    if (!is_done_for_another(m))
      return starts_->take(os::boottime());
    starts_->count(os::boottime());
    return {};
  }

  void count(const count_use& m) {
    auto limits = limits_;
    if (settings_.limits)
      limits = core::limits_of(*settings_.limits, uid_, m.who->name,
                               m.who->groups);
    use_counted out{m.question, {}};
    out.entries
        = {quota_entry_of("processes",
                          children_.defined() + waiting_for_ports_.size(),
                          limits.processes),
           quota_entry_of("starts_per_minute", starts_->use(os::boottime()),
                          limits.starts_per_minute)};
    if (settings_.limits)
      out.entries.push_back(
          quota_entry_of("log_bytes", log_use(*m.who), limits.log_bytes));
    tell(self_, m.asker, std::move(out));
  }

  // -- children ---------------------------------------------------------------

  child& add_child(core::process_record record, bool recovered,
                   std::optional<core::live_record> live,
                   uint32_t rebuilds = 0) {
    const auto id = record.spec->id;
    auto& c = children_.add(record);
    c.left_behind
        = owner_ && !core::belongs_to(*record.spec, owner_->name, owner_->home);
    auto actor = spawn_process_actor(
        *self_,
        {self_, to_.keeper, to_.store, to_.events, to_.ports, to_.write_live,
         starts_, true, to_.loggers},
        {std::move(record), settings_.process, owner_of(c), recovered,
         std::move(live), rebuilds});
    self_->monitor(actor);
    if (c.left_behind)
      tell(self_, actor, owner_known{});
    children_.attach(id, std::move(actor));
    return c;
  }

  void take_over(adopt& m) {
    if (!owner_)
      tell(self_, to_.directory, identify{uid_, self_});
    for (auto& record : m.records) {
      const auto id = record.spec->id;
      if (children_.contains(id))
        continue; // Two failures in a row bring the records twice.
      auto live = std::find_if(m.live.begin(), m.live.end(),
                               [id](const auto& l) { return l.id == id; });
      add_child(std::move(record), true,
                live != m.live.end() ? std::optional{*live} : std::nullopt);
      uncompared_.insert(id);
    }
    if (!uncompared_.empty())
      tell_self_after(self_, comparison_patience, process_changed{});
  }

  /// Calls `answer` once all processes that were found on disk have been
  /// compared with what the keeper holds: a record says "starting" of what
  /// runs.
  void when_compared(std::function<void()> answer) {
    if (uncompared_.empty())
      answer();
    else
      waiting_for_comparison_.push_back(std::move(answer));
  }

  /// The first that such a process says is what came of it. Of nobody (0) the
  /// news is that time is up, as when the keeper is away.
  void note_comparison(uint32_t id) {
    if (id == 0)
      uncompared_.clear();
    else
      uncompared_.erase(id);
    if (uncompared_.empty())
      for (const auto& answer : std::exchange(waiting_for_comparison_, {}))
        answer();
  }

  void changed(process_changed& m) {
    if (!m.view) {
      note_comparison(0);
      return;
    }
    if (!rotation_knows_ && to_.logs && writes(*m.view)) {
      rotation_knows_ = true;
      tell(self_, to_.logs, writing_began{uid_, caf::actor{self_}});
    }
    children_.update(m.id, std::move(m.view));
    note_comparison(m.id);
    forget_soon();
  }

  /// One that waits to be started again soon writes again before long.
  static bool writes(const process_view& view) {
    return core::is_up(view.record.state)
           || view.record.state == protocol::process_state::backoff;
  }

  shown_writers writers() {
    shown_writers out{uid_, owner_, {}};
    for (const auto& [id, c] : children_.all())
      if (writes(*c.view))
        out.all.push_back(
            {id, c.view->child.pid, c.spec().name, c.spec().logs});
    rotation_knows_ = !out.all.empty();
    return out;
  }

  void forget_soon() {
    if (children_.surplus(settings_.finished_kept)
        && !std::exchange(forgetting_, true))
      tell_self_after(self_, forget_delay, forget_oldest{});
  }

  void forget_surplus() {
    forgetting_ = false;
    while (const auto oldest = children_.take_surplus(settings_.finished_kept))
      begin(*oldest, operation_kind::remove, {}, false);
  }

  void done(operation_done& m) {
    const auto taken = waiters_.take(m.operation);
    if (!taken)
      return;
    const auto& w = *taken;
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
        c.leaving = c.never_ran = true;
        children_.free_name(m.id);
        begin(m.id, operation_kind::remove, {}, false);
      } else if (w.kind == operation_kind::remove) {
        // What cannot be forgotten is shown, so that it can be removed later.
        c.leaving = c.fresh = false;
        children_.claim_name(m.id);
      }
      reply(w.reply_to, std::move(m.outcome).failure());
      return;
    }
    c.fresh = false;
    children_.recount(m.id);
    forget_soon();
    switch (w.kind) {
    case operation_kind::start:
    case operation_kind::restart:
      reply(w.reply_to,
            protocol::process_started{m.id, c.spec().name, c.spec().ports});
      break;
    case operation_kind::stop:
      reply(w.reply_to, protocol::process_stopped{});
      break;
    case operation_kind::remove:
      removed(m.id, c, w.reply_to);
      break;
    case operation_kind::suspend:
      break; // Answered above, all at once.
    }
  }

  void removed(uint32_t id, const child& c, const ticket& reply_to) {
    const auto ports = c.spec().ports;
    // A run that failed leaves everything as it was.
    auto free = c.never_ran ? c.fresh_ports
                            : core::ports_to_free(ports, c.free_ports,
                                                  children_.ports_beside(id));
    forget(id);
    if (ports.empty())
      reply(reply_to, protocol::process_removed{});
    else
      give_back(id, ports, std::move(free), reply_to);
  }

  void forget(uint32_t id) {
    children_.erase(id);
    tell(self_, to_.host, id_released{id});
    fail_waiters(id, removed_meanwhile(id));
  }

  /// Whoever still waits for `id` is told `why`.
  void fail_waiters(uint32_t id, const protocol::error& why) {
    for (const auto& w : waiters_.take_all_of(id)) {
      if (w.kind == operation_kind::suspend && --suspending_ == 0)
        tell(self_, to_.host, suspended{uid_});
      reply(w.reply_to, why);
    }
  }

  /// A process_actor has ended. One that was removed is in no table any more;
  /// any other has failed, and is built anew from what was last known.
  void child_down(const caf::down_msg& m) {
    const auto address = children_.take_address(m.source);
    if (!address)
      return;
    const auto id = *address;
    auto& c = children_.at(id);
    fail_waiters(id, manager_failed(id));
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
    auto& again
        = add_child(std::move(record), true,
                    was_up ? std::optional{live} : std::nullopt, rebuilds);
    again.rebuilds = rebuilds;
  }

  void learn_owner(identified& m) {
    // That the name services do not answer is no news of the owner.
    if (!m.who.ok() && m.who.failure().code != errc::not_found) {
      if (!owner_) {
        tell_self_after(self_, ask_again, identify{uid_, self_});
        return;
      }
      m.who = owner_;
    }
    note_owner(m.who.ok() ? *m.who : nullptr);
    for (const auto& [id, c] : children_.all())
      tell(self_, c.actor, owner_known{owner_of(c)});
  }

  void reconfigured(const reconfigure& m) {
    settings_.process = m.settings;
    settings_.finished_kept = m.finished_kept;
    settings_.limits = m.limits;
    set_limits();
    for (const auto& [id, c] : children_.all())
      tell(self_, c.actor, m);
  }

  caf::event_based_actor* self_;
  uint32_t uid_ = 0;
  supervisor_neighbours to_;
  supervisor_settings settings_;
  identity_ptr owner_;
  /// Of all users' ports, as the port_registry told last.
  unused_ptr unused_ = std::make_shared<const core::unused_ports>();
  core::user_limits limits_;
  std::shared_ptr<core::start_budget> starts_
      = std::make_shared<core::start_budget>();
  std::shared_ptr<const core::environment> last_environment_;
  child_table children_;
  waiters waiters_;
  /// Runs, by id, whose ports the registry has not given yet.
  std::unordered_map<uint32_t, run_as> waiting_for_ports_;
  /// The log_rotator looks after the logs of what runs.
  bool rotation_knows_ = false;
  /// There are too many finished runs, and some will be forgotten.
  bool forgetting_ = false;
  /// How many have yet to end as the host goes down.
  size_t suspending_ = 0;
  /// What was found on disk and is not known to be true yet, and who waits.
  std::set<uint32_t> uncompared_;
  std::vector<std::function<void()>> waiting_for_comparison_;
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
