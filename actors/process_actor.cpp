#include "actors/process_actor.hpp"

#include "actors/caf_compat.hpp"
#include "actors/core/process_events.hpp"
#include "actors/core/process_portrait.hpp"
#include "actors/core/start_failure.hpp"
#include "actors/launch_sequence.hpp"
#include "actors/observed.hpp"
#include "actors/operation_queue.hpp"
#include "actors/os/clock.hpp"
#include "actors/os/keeper_slot.hpp"
#include "actors/process_records.hpp"
#include "actors/process_reporter.hpp"
#include "actors/process_sockets.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <list>
#include <optional>
#include <random>
#include <utility>
#include <vector>

namespace hiisi::actors {

namespace {

namespace wire = keeper_wire;

class process_state {
public:
  static inline const char* name = "process";

  explicit process_state(caf::event_based_actor* self) : self_(self) {}

  void init(process_neighbours neighbours, process_start start) {
    to_ = std::move(neighbours);
    id_ = start.record.spec->id;
    rebuilds_ = start.rebuilds;
    random_.seed(id_ ^ static_cast<uint32_t>(os::boottime().count()));
    machine_.emplace(std::move(start.record), start.settings);
    records_.emplace(self_, to_.store, to_.write_live, std::move(start.live));
    reporter_.emplace(self_, to_.events);
    sockets_.emplace(self_, to_.keeper, to_.ports, machine_->record().spec);
    launch_.emplace(
        self_, to_, *machine_, *sockets_, std::move(start.owner),
        [this](core::event::start_failed failed) { feed(std::move(failed)); });
    // A new process is known to nobody, so there is nothing to reconcile.
    reconciled_ = !start.recovered;
    // Whoever takes the supervisor's place builds its processes anew.
    self_->set_down_handler([this](caf::down_msg&) { self_->quit(); });
    self_->monitor(to_.supervisor);
    tell(self_, to_.keeper,
         watch_child{id_, self_, start.recovered,
                     records_->last_known(machine_->record())});
    // The supervisor has the record. What this one says first of a process
    // that was found is what came of the comparison.
  }

  caf::behavior make_behavior() {
    return observed(
        self_, "event-based",
        {name, machine_->record().spec->name, to_.supervisor.id(),
         machine_->record().spec->uid, rebuilds_},
        {[this] { return line(); }, [this] { return whole(); }},
        [this](operate& m) { enqueue(m); },
        [this](owner_known& m) {
          launch_->learn_owner(std::move(m.owner), operations_.start_asked());
        },
        [this](keeper_news& m) { hear(m); },
        [this](logger_ready& m) { launch_->logger_started(m); },
        [this](spawn_impossible& m) {
          feed(core::event::start_failed{m.run, std::move(m.reason), false,
                                         true});
        },
        [this](reconcile& m) { compare(m); },
        [this](record_stored& m) {
          feed(core::event::saved{m.purpose, m.run, std::move(m.outcome)});
        },
        [this](live_stored& m) { feed(core::event::live_saved{m.run}); },
        [this](record_removed& m) { removed(std::move(m.outcome)); },
        [this](ports_looked_at& m) { launch_->looked_at(m); },
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
    const auto operations
        = operations_.waiting() + (operations_.current() ? 1 : 0);
    if (operations > 0)
      out += ", " + std::to_string(operations) + " operations";
    return out;
  }

  core::ron::value whole() const {
    return core::portrait_of(*machine_)
        .add("owner_known", launch_->owner() != nullptr)
        .add("reconciled", reconciled_)
        .add("operation_under_way", operations_.current() != nullptr)
        .add("operations_waiting", operations_.waiting())
        .build();
  }

  // -- operations of the owner's ----------------------------------------------

  void enqueue(const operate& what) {
    operations_.push(what);
    begin_next();
  }

  /// Begins the next operation if none is under way.
  void begin_next() {
    const auto* next = reconciled_ ? operations_.begin_next() : nullptr;
    if (!next)
      return;
    if (next->kind == operation_kind::start)
      feed(core::event::start{});
    else if (next->kind == operation_kind::suspend)
      feed(core::event::suspend{});
    else
      feed(core::event::stop{});
  }

  void finish(protocol::result<void> outcome) {
    operations_.finish(id_, std::move(outcome));
    begin_next();
    if (!feeding_)
      report_done();
  }

  /// After the view has been published: whoever asks for the status once an
  /// operation is answered must see what came of it.
  void report_done() {
    for (auto& done : operations_.take_done())
      tell(self_, to_.supervisor, std::move(done));
  }

  void start_finished(protocol::result<void>&& outcome) {
    if (operations_.current())
      finish(std::move(outcome));
  }

  void stop_finished(protocol::result<void>&& outcome) {
    const auto* current = operations_.current();
    if (!current)
      return;
    // What is to be removed needs no record of its end.
    const auto ended = outcome.ok() || !core::is_up(machine_->record().state);
    if (current->kind == operation_kind::remove && ended)
      records_->remove(id_);
    else if (!outcome.ok() || current->kind == operation_kind::stop
             || current->kind == operation_kind::suspend)
      finish(std::move(outcome));
    else if (current->kind == operation_kind::restart)
      feed(core::event::start{});
  }

  void removed(protocol::result<void>&& outcome) {
    const auto done = outcome.ok();
    if (done) {
      operations_.drop_waiting();
      reporter_->tell_removed(*machine_->record().spec, operations_);
    }
    if (operations_.current())
      finish(std::move(outcome));
    if (!done)
      return;
    sockets_->release();
    tell(self_, to_.keeper, unwatch_child{id_});
    self_->quit();
  }

  // -- the machine ------------------------------------------------------------

  void feed(core::process_event what) {
    // Carrying out an effect may bring the next event (an operation that
    // follows another), which has to wait until the effects of this one are
    // done.
    if (feeding_) {
      pending_.push_back(std::move(what));
      return;
    }
    feeding_ = true;
    for (std::optional next{std::move(what)}; next; next = take_pending()) {
      const core::circumstances when{
          os::boottime(), std::uniform_real_distribution<>{0, 1}(random_)};
      const auto before = core::moment_of(*machine_);
      auto effects = machine_->handle(*std::move(next), when);
      // Before the effects, so that nobody has an answer earlier than the
      // event that it tells of.
      reporter_->tell_step(before, *machine_, when.now, operations_,
                           comparing_);
      for (auto& effect : effects)
        std::visit([this](auto& a) { carry_out(a); }, effect);
    }
    feeding_ = false;
    publish();
    report_done();
  }

  std::optional<core::process_event> take_pending() {
    if (pending_.empty())
      return std::nullopt;
    std::optional next{std::move(pending_.front())};
    pending_.pop_front();
    return next;
  }

  void publish() {
    rest_sockets();
    if (published_ && published_->record == machine_->record()
        && published_->child == machine_->child()
        && published_->restart_at == machine_->restart_at())
      return;
    published_ = std::make_shared<process_view>(process_view{
        machine_->record(), machine_->child(), machine_->restart_at()});
    tell(self_, to_.supervisor, process_changed{id_, published_});
  }

  /// What has ended takes no connections, and keeps its ports. In the midst of
  /// a restart they wait instead.
  void rest_sockets() {
    if (core::is_finished(machine_->record().state)
        && !operations_.restarting())
      sockets_->refuse_connections();
  }

  // -- effects ----------------------------------------------------------------

  void carry_out(core::effect::save& a) {
    records_->save(machine_->record(), a.purpose);
  }
  void carry_out(core::effect::save_live&) {
    if (records_->save_live(*machine_))
      feed(core::event::live_saved{machine_->record().run});
  }
  void carry_out(core::effect::spawn& a) {
    launch_->begin(a.run, operations_.start_asked());
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

  void hear(const keeper_news& news) {
    const auto& m = news.slot;
    reporter_->note_use(os::use_of(m));
    switch (news.what) {
    case child_news::spawned:
      feed(core::event::child_made{m.run, os::facts_of(m, news.leaves.get())});
      break;
    case child_news::started:
      feed(core::event::child_started{m.run});
      break;
    case child_news::start_failed:
      feed(core::event::start_failed{
          m.run, core::describe_start_failure(
                     m.at, m.error, *machine_->record().spec, home())});
      break;
    case child_news::exited:
    case child_news::emptied:
      feed(core::event::child_ended{m.run, os::end_of(m, news.leaves.get())});
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
    sockets_->refused();
    if (!launch_->under_way(run))
      return;
    command(wire::kind::kill, run);
    feed(core::event::start_failed{
        run, "could not start: the keeper holds "
                 + std::to_string(wire::max_held)
                 + " sockets already, which is all it can"});
  }

  /// The owner's, as far as it is known.
  std::string home() const {
    return launch_->owner() ? launch_->owner()->home : std::string{};
  }

  void compare(const reconcile& m) {
    sockets_->compare(m.sockets);
    comparing_ = true;
    const auto* slot = m.slot ? &*m.slot : nullptr;
    if (slot && slot->run < machine_->record().run
        && slot->how_far == wire::phase::empty) {
      // An incarnation that has been recorded already.
      command(wire::kind::acknowledge, slot->run);
      slot = nullptr;
    }
    if (slot) {
      reporter_->note_use(os::use_of(*slot));
      core::event::found found{slot->run, slot->how_far >= wire::phase::running,
                               os::facts_of(*slot, m.leaves.get()),
                               std::nullopt,
                               // Later it is known what became of the start.
                               !reconciled_ && records_->has_live(slot->run)};
      if (slot->how_far == wire::phase::ended
          || slot->how_far == wire::phase::empty) {
        found.end = os::end_of(*slot, m.leaves.get());
        found.end->tree_empty = slot->how_far == wire::phase::empty;
      }
      feed(std::move(found));
      // Whoever was to open its gate is gone; its failed start is followed.
      if (slot->how_far == wire::phase::gated)
        command(wire::kind::kill, slot->run);
    } else {
      feed(records_->not_found());
    }
    comparing_ = false;
    reconciled_ = true;
    begin_next();
  }

  caf::event_based_actor* self_;
  process_neighbours to_;
  uint32_t id_ = 0;
  uint32_t rebuilds_ = 0;
  std::optional<core::process_machine> machine_;
  std::optional<process_records> records_;
  std::optional<process_reporter> reporter_;
  std::optional<process_sockets> sockets_;
  std::optional<launch_sequence> launch_;
  operation_queue operations_;
  /// What the supervisor was told last.
  view_ptr published_;
  std::list<core::process_event> pending_;
  bool feeding_ = false;
  bool reconciled_ = false;
  /// It is being compared with what the keeper holds.
  bool comparing_ = false;
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
