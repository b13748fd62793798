#include "actors/process_actor.hpp"

#include "actors/caf_compat.hpp"
#include "actors/core/exit_status.hpp"
#include "actors/core/process_events.hpp"
#include "actors/core/start_failure.hpp"
#include "actors/observed.hpp"
#include "actors/os/boot_id.hpp"
#include "actors/os/clock.hpp"
#include "actors/os/held_ports.hpp"
#include "actors/os/launch_plan.hpp"
#include "actors/os/leaf_files.hpp"
#include "actors/os/logger_launch.hpp"
#include "actors/os/process_cgroup.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <csignal>
#include <random>
#include <tuple>
#include <utility>
#include <vector>

namespace hiisi::actors {

namespace {

using core::save_purpose;
using protocol::errc;
using protocol::make_error;
namespace wire = keeper_wire;

class process_state {
public:
  static inline const char* name = "process";

  explicit process_state(caf::event_based_actor* self) : self_(self) {}

  void init(process_neighbours neighbours, process_start start) {
    to_ = std::move(neighbours);
    owner_ = std::move(start.owner);
    live_ = std::move(start.live);
    id_ = start.record.spec->id;
    facts_ = {name, start.record.spec->name, to_.supervisor.id(),
              start.record.spec->uid, start.rebuilds};
    random_.seed(id_ ^ static_cast<uint32_t>(os::boottime().count()));
    machine_.emplace(std::move(start.record), start.settings);
    // A new process is known to nobody, so there is nothing to reconcile.
    reconciled_ = !start.recovered;
    // Whoever takes the supervisor's place builds its processes anew.
    self_->set_down_handler([this](caf::down_msg&) { self_->quit(); });
    self_->monitor(to_.supervisor);
    tell(self_, to_.keeper,
         watch_child{id_, self_, start.recovered, last_known()});
    // The supervisor has the record. What this one says first of a process
    // that was found is what came of the comparison.
  }

  caf::behavior make_behavior() {
    return observed(
        self_, "event-based", facts_,
        {[this] { return line(); }, [this] { return whole(); }},
        [this](operate& m) { enqueue(m); },
        [this](owner_known& m) { learn_owner(std::move(m.owner)); },
        [this](keeper_news& m) { hear(m); },
        [this](logger_ready& m) { spawn_with_logger(m); },
        [this](spawn_impossible& m) {
          feed(core::event::start_failed{m.run, std::move(m.reason)});
        },
        [this](reconcile& m) { compare(m); },
        [this](record_stored& m) {
          feed(core::event::saved{m.purpose, m.run, std::move(m.outcome)});
        },
        [this](live_stored& m) { feed(core::event::live_saved{m.run}); },
        [this](record_removed& m) { removed(std::move(m.outcome)); },
        [this](ports_looked_at& m) { looked_at(m); },
        [this](timer_due& m) { feed(core::event::timer{m.epoch}); },
        [this](reconfigure& m) { machine_->reconfigure(m.settings); });
  }

private:
  // -- for those who look -----------------------------------------------------

  std::string line() const {
    const auto& record = machine_->record();
    auto out = std::string{to_string(record.state)} + ", run "
               + std::to_string(record.run);
    if (machine_->child().pid > 0)
      out += ", pid " + std::to_string(machine_->child().pid);
    if (current_ || !waiting_.empty())
      out += ", " + std::to_string(waiting_.size() + (current_ ? 1 : 0))
             + " operations";
    return out;
  }

  core::ron::value whole() const {
    const auto& record = machine_->record();
    const auto& child = machine_->child();
    core::ron::struct_builder out{"process"};
    out.add("id", id_)
        .add("name", record.spec->name)
        .add("uid", record.spec->uid)
        .add("policy", std::string{to_string(record.spec->policy)})
        .add("wanted", record.wanted)
        .add("state", std::string{to_string(record.state)})
        .add("run", record.run)
        .add("restarts", record.restarts)
        .add("quick_failures", record.quick_failures);
    if (record.last_exit)
      out.add("last_exit",
              core::ron::struct_builder{}
                  .add("kind", std::string{to_string(record.last_exit->how)})
                  .add("value", record.last_exit->value)
                  .add("core_dumped", record.last_exit->core_dumped)
                  .add("out_of_memory", record.last_exit->out_of_memory)
                  .build());
    return out.add("pid", child.pid)
        .add("pidfs_inode", child.pidfs_inode)
        .add("started_at_ns", child.started_at.count())
        .add("restart_at_ns", machine_->restart_at().count())
        .add("detached", machine_->detached())
        .add("owner_known", owner_ != nullptr)
        .add("reconciled", reconciled_)
        .add("operation_under_way", current_.has_value())
        .add("operations_waiting", waiting_.size())
        .build();
  }

  // -- operations of the owner's ----------------------------------------------

  void enqueue(const operate& what) {
    waiting_.push_back(what);
    begin_next();
  }

  /// Begins the next operation if none is under way.
  void begin_next() {
    if (current_ || waiting_.empty() || !reconciled_)
      return;
    current_ = waiting_.front();
    waiting_.erase(waiting_.begin());
    if (current_->kind == operation_kind::start)
      feed(core::event::start{});
    else if (current_->kind == operation_kind::suspend)
      feed(core::event::suspend{});
    else
      feed(core::event::stop{});
  }

  [[nodiscard]] bool ending_asked() const {
    return current_ && current_->kind != operation_kind::start;
  }
  [[nodiscard]] bool start_asked() const {
    return current_
           && (current_->kind == operation_kind::start
               || current_->kind == operation_kind::restart);
  }

  void finish(protocol::result<void> outcome) {
    done_.push_back({id_, current_->operation, std::move(outcome)});
    current_.reset();
    begin_next();
    if (!feeding_)
      report_done();
  }

  /// After the view has been published: whoever asks for the status once an
  /// operation is answered must see what came of it.
  void report_done() {
    for (auto& done : std::exchange(done_, {}))
      tell(self_, to_.supervisor, std::move(done));
  }

  void start_finished(protocol::result<void>&& outcome) {
    if (current_)
      finish(std::move(outcome));
  }

  void stop_finished(protocol::result<void>&& outcome) {
    if (!current_)
      return;
    // What is to be removed needs no record of its end.
    const auto ended = outcome.ok() || !core::is_up(machine_->record().state);
    if (current_->kind == operation_kind::remove && ended)
      tell(self_, to_.store, remove_record{id_, self_});
    else if (!outcome.ok() || current_->kind == operation_kind::stop
             || current_->kind == operation_kind::suspend)
      finish(std::move(outcome));
    else if (current_->kind == operation_kind::restart)
      feed(core::event::start{});
  }

  void removed(protocol::result<void>&& outcome) {
    const auto done = outcome.ok();
    if (done) {
      waiting_.clear(); // There is nothing left to do it to.
      tell_removed();
    }
    if (current_)
      finish(std::move(outcome));
    if (!done)
      return;
    let_go_of_ports();
    tell(self_, to_.keeper, unwatch_child{id_});
    self_->quit();
  }

  // -- the machine ------------------------------------------------------------

  void feed(core::process_event what) {
    // Carrying out an effect may bring the next event (an operation that
    // follows another), which has to wait until the effects of this one are
    // done.
    pending_.push_back(std::move(what));
    if (feeding_)
      return;
    feeding_ = true;
    while (!pending_.empty()) {
      auto next = std::move(pending_.front());
      pending_.erase(pending_.begin());
      const core::circumstances when{
          os::boottime(), std::uniform_real_distribution<>{0, 1}(random_)};
      const auto before = core::moment_of(*machine_);
      auto effects = machine_->handle(std::move(next), when);
      // Before the effects, so that nobody has an answer earlier than the
      // event that it tells of.
      tell_events(before, when);
      for (auto& effect : effects)
        std::visit([this](auto& a) { carry_out(a); }, effect);
    }
    feeding_ = false;
    publish();
    report_done();
  }

  // -- events -----------------------------------------------------------------

  static protocol::event_cause cause_of(const requester& by) {
    return {protocol::event_cause::kind::user, by.uid, by.user, by.pid};
  }

  void tell_events(const core::process_moment& before,
                   const core::circumstances& when) {
    using protocol::event_cause;
    const auto after = core::moment_of(*machine_);
    const auto asked = current_ ? current_->by : nullptr;
    if (after.run != before.run) {
      if (comparing_)
        launched_by_ = {};
      else if (machine_->record().restarts > 0)
        launched_by_ = {event_cause::kind::policy, 0, {}, 0};
      else
        launched_by_ = asked ? cause_of(*asked) : event_cause{};
    }
    if (!to_.events)
      return;
    core::event_context context;
    context.now = os::wall_now();
    context.since_boot = when.now;
    if (asked)
      context.asked = cause_of(*asked);
    context.ending_asked = ending_asked();
    context.start_asked = start_asked();
    context.recovering = comparing_;
    context.launched_by = launched_by_;
    context.used = used_;
    for (auto& e :
         core::events_between(*machine_->record().spec, before, after, context))
      tell(self_, to_.events, happened{std::move(e)});
  }

  /// Only what somebody asked for: that old ones are forgotten is no news.
  void tell_removed() {
    if (!to_.events || !current_ || !current_->by)
      return;
    const auto& spec = *machine_->record().spec;
    protocol::event e;
    e.at = os::wall_now();
    e.what = protocol::event_kind::remove;
    e.uid = spec.uid;
    e.user = spec.user;
    e.id = spec.id;
    e.name = spec.name;
    e.by = cause_of(*current_->by);
    tell(self_, to_.events, happened{std::move(e)});
  }

  void publish() {
    rest_ports();
    if (published_ && published_->record == machine_->record()
        && published_->child == machine_->child()
        && published_->restart_at == machine_->restart_at())
      return;
    published_ = std::make_shared<process_view>(process_view{
        machine_->record(), machine_->child(), machine_->restart_at()});
    tell(self_, to_.supervisor, process_changed{id_, published_});
  }

  void carry_out(core::effect::save& a) {
    tell(
        self_, to_.store,
        store_record{std::make_shared<core::process_record>(machine_->record()),
                     a.purpose, self_});
  }

  void carry_out(core::effect::save_live&) {
    const auto& child = machine_->child();
    const auto& record = machine_->record();
    live_ = core::live_record{id_,
                              record.run,
                              record.spec->uid,
                              child.pid,
                              child.pidfs_inode,
                              child.start_ticks,
                              child.started_at,
                              os::this_boot()};
    if (!to_.write_live) {
      tell(self_, to_.store, store_live{*live_, self_});
      return;
    }
    // Two hand-overs less between a fork and the opening of its gate.
    to_.write_live(*live_);
    feed(core::event::live_saved{record.run});
  }

  void carry_out(core::effect::spawn& a) {
    if (!owner_known_once_ && !owner_) {
      // The name services have not answered yet; learn_owner goes on.
      spawn_when_owner_known_ = a.run;
      return;
    }
    // What is asked for by hand has been counted before it came here, and has
    // just been asked for by somebody who is there.
    const auto by_policy = machine_->record().restarts > 0 && !start_asked();
    if (by_policy && to_.owner_may_leave
        && std::exchange(owner_seen_for_, a.run) != a.run) {
      spawn_when_owner_known_ = a.run;
      tell(self_, to_.supervisor,
           identify{machine_->record().spec->uid, self_});
      return;
    }
    if (to_.starts && by_policy)
      if (auto good = to_.starts->take(os::boottime()); !good) {
        feed(core::event::start_failed{
            a.run, "not restarted yet: " + good.failure().message, true});
        return;
      }
    find_ports(a.run);
  }

  /// Goes on with the start of `run` once its ports are its own.
  void find_ports(uint32_t run) {
    const auto& spec = *machine_->record().spec;
    if (!owner_) {
      feed(core::event::start_failed{run, "user " + std::to_string(spec.uid)
                                              + " (" + spec.user
                                              + ") does not exist any more"});
      return;
    }
    if (spec.ports.empty()) {
      spawn(run);
      return;
    }
    hold_failure_.clear();
    if (spec.listen) {
      auto held = hold_ports();
      if (held.ok()) {
        spawn(run);
        return;
      }
      hold_failure_ = "could not start: " + held.failure().message;
      if (held.failure().code != errc::conflict) {
        feed(core::event::start_failed{run, hold_failure_});
        return;
      }
    }
    tell(self_, to_.ports,
         look_at_ports{id_, run, spec.uid, spec.ports, self_});
  }

  void spawn(uint32_t run) {
    const auto& spec = machine_->record().spec;
    auto plan
        = std::make_shared<os::launch_spec>(os::plan_launch(*spec, *owner_));
    if (!os::has_logger(*spec))
      tell(self_, to_.keeper, spawn_child{id_, run, std::move(plan), self_});
    else if (to_.loggers)
      tell(self_, to_.loggers,
           start_logger{run, spec, std::move(plan), held_.sockets(), self_});
    else
      feed(core::event::start_failed{
          run, "could not start: hiisi-logger, which --timestamps and --pty "
               "need, is not installed beside hiidet"});
  }

  /// Its end of the channel to the logger is held for this start alone.
  void spawn_with_logger(logger_ready& m) {
    if (!still_starting(m.run))
      return;
    if (!m.sockets) {
      feed(core::event::start_failed{
          m.run, "could not start: there is no descriptor left for its logger",
          true});
      return;
    }
    tell(self_, to_.keeper, hold_sockets{id_, std::move(m.sockets)});
    tell(self_, to_.keeper,
         spawn_child{id_, m.run, std::move(m.launch), self_});
    tell(self_, to_.keeper, hold_sockets{id_, held_.sockets()});
  }

  /// Whether the start of `run` is still to be gone on with: it may have been
  /// called off while somebody else was asked.
  bool still_starting(uint32_t run) const {
    return run == machine_->record().run
           && machine_->record().state == protocol::process_state::starting;
  }

  // -- ports ------------------------------------------------------------------

  void looked_at(const ports_looked_at& m) {
    if (!still_starting(m.run))
      return;
    if (!m.outcome.ok())
      feed(core::event::start_failed{
          m.run, "could not start: " + m.outcome.failure().message, true});
    else if (!hold_failure_.empty()) // Nobody could be named.
      feed(core::event::start_failed{m.run, hold_failure_, true});
    else
      spawn(m.run);
  }

  protocol::result<void> hold_ports() {
    if (!held_.sockets())
      if (auto begun = begin_to_hold(nullptr); !begun)
        return begun;
    return held_.take_connections();
  }

  protocol::result<void> begin_to_hold(const os::sockets_ptr& found) {
    const auto& spec = *machine_->record().spec;
    auto begun = held_.begin(spec.ports, *spec.listen, found);
    if (!begun)
      return begun;
    if (held_.sockets() != found)
      tell(self_, to_.keeper, hold_sockets{id_, held_.sockets()});
    report_held();
    return {};
  }

  void let_go_of_ports() {
    if (!machine_->record().spec->listen)
      return;
    held_.let_go();
    tell(self_, to_.keeper, hold_sockets{id_, nullptr});
    report_held();
  }

  void report_held() {
    const auto& spec = *machine_->record().spec;
    tell(self_, to_.ports,
         ports_held{id_, spec.name, spec.uid, held_.inodes()});
  }

  /// What has ended takes no connections, and keeps its ports. In the midst of
  /// a restart they wait instead.
  void rest_ports() {
    if (core::is_finished(machine_->record().state)
        && !(current_ && current_->kind == operation_kind::restart))
      held_.refuse_connections();
  }

  void learn_owner(identity_ptr owner) {
    owner_ = std::move(owner);
    owner_known_once_ = true;
    const auto run = std::exchange(spawn_when_owner_known_, std::nullopt);
    if (run && still_starting(*run)) {
      core::effect::spawn again{*run};
      carry_out(again);
    }
  }

  void carry_out(core::effect::open_gate& a) {
    tell(self_, to_.keeper, release_child{id_, a.run});
  }
  void carry_out(core::effect::send_signal& a) {
    command(wire::kind::signal, a.run, static_cast<uint32_t>(a.signal));
  }
  void carry_out(core::effect::kill_tree& a) {
    command(wire::kind::kill, a.run);
  }
  void carry_out(core::effect::acknowledge& a) {
    command(wire::kind::acknowledge, a.run);
  }
  void carry_out(core::effect::arm_timer& a) {
    tell_self_after(self_, a.delay, timer_due{a.epoch});
  }
  void carry_out(core::effect::start_finished& a) {
    start_finished(std::move(a.outcome));
  }
  void carry_out(core::effect::stop_finished& a) {
    stop_finished(std::move(a.outcome));
  }

  void command(wire::kind what, uint32_t run, uint32_t signal = 0) {
    wire::message m;
    m.what = what;
    m.id = id_;
    m.run = run;
    m.uid = machine_->record().spec->uid;
    m.signal = signal;
    tell(self_, to_.keeper, command_child{m});
  }

  // -- the keeper -------------------------------------------------------------

  static core::child_facts facts(const wire::message& m) {
    return {m.pid, m.pidfs_inode, m.start_ticks, core::boot_time{m.started_at},
            os::own_cgroup_of(m.pid, m.uid, m.id)};
  }

  core::child_end end(const wire::message& m, const leaves_ptr& leaves) const {
    core::child_end end{
        core::exit_from_wait_status(m.status,
                                    (m.flags & wire::flag_status_unknown) != 0,
                                    os::wall_at(core::boot_time{m.ended_at})),
        core::boot_time{m.ended_at}, m.how_far == wire::phase::empty};
    // The leaf is there until this end has been acknowledged.
    if (leaves && end.exit.how == protocol::exit_info::kind::signaled
        && end.exit.value == SIGKILL)
      end.memory
          = os::memory_of_leaf(*leaves, machine_->record().spec->uid, id_);
    return end;
  }

  /// What a keeper can take over that has not started it itself: it is on
  /// record as being up, and was since the last boot.
  std::optional<wire::message> last_known() const {
    const auto& record = machine_->record();
    if (!live_ || live_->boot_id != os::this_boot()
        || (!core::is_up(record.state) && live_->run <= record.run))
      return std::nullopt;
    wire::message m;
    m.id = id_;
    m.run = live_->run;
    m.uid = live_->uid;
    m.pid = live_->pid;
    m.pidfs_inode = live_->pidfs_inode;
    m.start_ticks = live_->start_ticks;
    m.started_at = static_cast<uint64_t>(live_->started_at.count());
    m.how_far = wire::phase::running;
    return m;
  }

  void hear(const keeper_news& news) {
    const auto& m = news.slot;
    note_use(m);
    switch (news.what) {
    case child_news::spawned:
      feed(core::event::child_made{m.run, facts(m)});
      break;
    case child_news::started:
      feed(core::event::child_started{m.run});
      break;
    case child_news::start_failed:
      feed(core::event::start_failed{
          m.run,
          core::describe_start_failure(m.at, m.error, *machine_->record().spec,
                                       owner_ ? owner_->home : std::string{})});
      break;
    case child_news::exited:
    case child_news::emptied:
      feed(core::event::child_ended{m.run, end(m, news.leaves)});
      break;
    case child_news::refused:
      // Whatever it was asked for cannot be had; only a start hangs on it.
      feed(core::event::start_failed{m.run, core::describe_refusal(m.error)});
      break;
    case child_news::hold_refused:
      holding_refused();
      break;
    }
  }

  /// There is no room for more sockets. A child without them would find none.
  void holding_refused() {
    const auto run = machine_->record().run;
    held_.let_go();
    report_held();
    if (!still_starting(run))
      return;
    command(wire::kind::kill, run);
    feed(core::event::start_failed{
        run, "could not start: the keeper holds "
                 + std::to_string(wire::max_held)
                 + " sockets already, which is all it can"});
  }

  /// The keeper says it with the end of the first process, and again with the
  /// end of its tree.
  void note_use(const wire::message& m) {
    used_.reset();
    if (m.ended_at != 0 && (m.flags & wire::flag_status_unknown) == 0)
      used_ = {std::chrono::microseconds{m.user_us},
               std::chrono::microseconds{m.system_us},
               static_cast<uint64_t>(m.max_rss_kib) * 1024};
  }

  void compare(const reconcile& m) {
    // After a boot the ports of what is stopped are to be nobody else's either.
    // Should they be, the next start says so.
    if (machine_->record().spec->listen && !held_.sockets())
      std::ignore = begin_to_hold(m.sockets);
    else if (!machine_->record().spec->listen && m.sockets)
      // A daemon that died in the midst of a start has left a logger's channel.
      tell(self_, to_.keeper, hold_sockets{id_, nullptr});
    comparing_ = true;
    const auto* slot = m.slot ? &*m.slot : nullptr;
    if (slot && slot->run < machine_->record().run
        && slot->how_far == wire::phase::empty) {
      // An incarnation that has been recorded already.
      command(wire::kind::acknowledge, slot->run);
      slot = nullptr;
    }
    if (slot) {
      note_use(*slot);
      core::event::found found{slot->run, slot->how_far >= wire::phase::running,
                               facts(*slot), std::nullopt};
      if (slot->how_far == wire::phase::ended
          || slot->how_far == wire::phase::empty) {
        found.end = end(*slot, m.leaves);
        found.end->tree_empty = slot->how_far == wire::phase::empty;
      }
      feed(std::move(found));
      // Whoever was to open its gate is gone; its failed start is followed.
      if (slot->how_far == wire::phase::gated)
        command(wire::kind::kill, slot->run);
    } else {
      // A reboot clears the live records, so none at all speaks for one too.
      feed(core::event::not_found{!live_ || live_->boot_id != os::this_boot(),
                                  live_ ? live_->run : 0, os::wall_now()});
    }
    comparing_ = false;
    reconciled_ = true;
    begin_next();
  }

  caf::event_based_actor* self_;
  process_neighbours to_;
  uint32_t id_ = 0;
  actor_facts facts_;
  identity_ptr owner_;
  bool owner_known_once_ = false;
  std::optional<uint32_t> spawn_when_owner_known_;
  /// The last run before which it was asked whether the owner is there.
  std::optional<uint32_t> owner_seen_for_;
  std::optional<core::live_record> live_;
  std::optional<core::process_machine> machine_;
  os::held_ports held_;
  /// Why its ports cannot be held, while the registry is asked by whom.
  std::string hold_failure_;
  /// What the supervisor was told last.
  view_ptr published_;
  std::vector<core::process_event> pending_;
  bool feeding_ = false;
  std::vector<operate> waiting_;
  std::optional<operate> current_;
  std::vector<operation_done> done_;
  bool reconciled_ = false;
  /// It is being compared with what the keeper holds.
  bool comparing_ = false;
  /// What had the latest incarnation started.
  protocol::event_cause launched_by_;
  /// What the first process used, when it has ended.
  std::optional<protocol::resource_use> used_;
  std::minstd_rand random_;
};

caf::behavior process(caf::stateful_actor<process_state>* self,
                      process_neighbours neighbours, process_start start) {
  auto& state = state_of(self);
  state.init(std::move(neighbours), std::move(start));
  return state.make_behavior();
}

} // namespace

caf::actor spawn_process_actor(caf::local_actor& parent,
                               process_neighbours neighbours,
                               process_start start) {
  return parent.spawn(process, std::move(neighbours), std::move(start));
}

} // namespace hiisi::actors
