#include "actors/log_rotator.hpp"

#include "actors/caf_compat.hpp"
#include "actors/core/log_rounds.hpp"
#include "actors/keeper_runs.hpp"
#include "actors/observed.hpp"
#include "actors/os/rotation_launch.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace hiisi::actors {

namespace {

using std::chrono::nanoseconds;

/// To compress what a disk takes in 10 s is a matter of seconds. A run is
/// killed only where a file system hangs; the next one goes on from there.
constexpr nanoseconds longest_run = std::chrono::minutes{5};
/// A run that finds nothing to do takes some 20 ms.
constexpr nanoseconds short_run = std::chrono::seconds{1};

/// Measured, a program needs 2 ms and more to write 10 MiB.
constexpr nanoseconds hardly_any = std::chrono::milliseconds{1};

class rotator_state {
public:
  static inline const char* name = "log_rotator";

  explicit rotator_state(caf::event_based_actor* self) : self_(self) {}

  void init(log_rotator_setup setup) {
    setup_ = std::move(setup);
    self_->set_down_handler(
        [this](const caf::down_msg& m) { supervisor_down(m.source); });
    keeper_runs_.emplace(self_, setup_.keeper,
                         run_numbers{os::first_rotation_run, number_mask},
                         static_cast<uint32_t>(now().count() >> 20),
                         [this](const keeper_runs::end& what) { over(what); });
  }

  caf::behavior make_behavior() {
    return observed(
        self_, "event-based", {name, {}, 0, {}, 0},
        {[this] { return line(); }, [this] { return whole(); }},
        [this](writing_began& m) { begin(m); },
        [this](shown_writers& m) { hear_of(m); },
        [this](look_at_logs& m) {
          if (m.epoch == epoch_)
            look();
        },
        [this](keeper_news& m) { keeper_runs_->hear(m); },
        [this](spawn_impossible& m) { keeper_runs_->hear(m); },
        [this](reconcile& m) { keeper_runs_->hear(m); },
        [this](limit_logs& m) { setup_.policy = std::move(m.policy); });
  }

private:
  static constexpr uint32_t number_mask = 0x1FFF'FFFF;

  struct user {
    caf::actor supervisor;
    /// hiisi-rotate is at work for them, or about to be.
    bool busy = false;
    /// Their supervisor has yet to answer.
    bool asking = false;
    /// What their processes had used after the last look.
    std::optional<nanoseconds> cpu;
  };

  struct run {
    uint32_t uid = 0;
    nanoseconds began{0};
    /// One of the processes, by which the CPU time is found.
    log_writer witness;
    /// The file that the report is left in.
    os::sockets_ptr report;
  };

  // -- for those who look -----------------------------------------------------

  std::string line() const {
    return std::to_string(rounds_.size()) + " users, "
           + std::to_string(runs_.size()) + " runs";
  }

  core::ron::value whole() const {
    std::vector<core::ron::value> users;
    for (const auto& [uid, u] : users_)
      users.push_back(core::ron::struct_builder{}
                          .add("uid", uid)
                          .add("busy", u.busy)
                          .build());
    return core::ron::struct_builder{"log_rotator"}
        .add("runs_under_way", runs_.size())
        .add("users", core::ron::value::list(std::move(users)))
        .build();
  }

  // -- when -------------------------------------------------------------------

  /// By the clock that the timers go by.
  [[nodiscard]] nanoseconds now() const {
    return self_->clock().now().time_since_epoch();
  }

  void arm() {
    if (const auto next = rounds_.next())
      arm(*next);
  }

  void arm(nanoseconds when) {
    if (armed_ && *armed_ <= when)
      return;
    armed_ = when;
    const auto wait = std::max(when - now(), nanoseconds{0});
    tell_self_after(self_, std::chrono::ceil<std::chrono::milliseconds>(wait),
                    look_at_logs{++epoch_});
  }

  void look() {
    armed_.reset();
    end_late_runs();
    for (const auto uid : rounds_.take_due(now()))
      ask_whose(uid);
    arm_unless_asking();
  }

  void ask_whose(uint32_t uid) {
    auto& u = users_[uid];
    if (std::exchange(u.busy, true))
      return; // The run of the round before is not over yet.
    u.asking = true;
    ++asking_;
    tell(self_, u.supervisor, show_writers{self_});
  }

  void hear_of(const shown_writers& m) {
    const auto u = users_.find(m.uid);
    if (u == users_.end() || !stop_asking(u->second))
      return;
    consider(m.uid, m);
    arm_unless_asking();
  }

  /// Whether an answer was waited for.
  bool stop_asking(user& u) {
    if (!std::exchange(u.asking, false))
      return false;
    --asking_;
    return true;
  }

  void begin(writing_began& m) {
    auto& u = users_[m.uid];
    if (u.supervisor != m.supervisor) {
      if (stop_asking(u))
        u.busy = false;
      u.supervisor = std::move(m.supervisor);
      self_->monitor(u.supervisor);
    }
    rounds_.add(m.uid, now());
    arm();
  }

  /// It will not answer any more. The next one of that user says by itself that
  /// something runs.
  void supervisor_down(const caf::actor_addr& who) {
    const auto u = std::ranges::find_if(users_, [&](const auto& one) {
      return one.second.supervisor.address() == who;
    });
    if (u == users_.end())
      return;
    stop_asking(u->second);
    rounds_.remove(u->first);
    users_.erase(u);
    arm_unless_asking();
  }

  /// A timer cannot be taken back, and when the next one is due is known only
  /// when all have answered, and the runs are over that are nearly always
  /// short.
  void arm_unless_asking() {
    if (asking_ != 0)
      return;
    if (std::exchange(begun_, false))
      arm(now() + short_run);
    else
      arm();
  }

  void consider(uint32_t uid, const shown_writers& m) {
    if (m.all.empty()) {
      // Their supervisor says when there is something again.
      users_.erase(uid);
      rounds_.remove(uid);
      return;
    }
    auto& u = users_[uid];
    const auto& witness = witness_of(m);
    const auto used = setup_.cpu(uid, witness.id, witness.pid);
    if (!m.owner || (used && u.cpu && *used - *u.cpu < hardly_any)) {
      rest(uid);
      return;
    }
    start(uid, m, witness);
  }

  static const log_writer& witness_of(const shown_writers& m) {
    for (const auto& one : m.all)
      if (one.pid > 0)
        return one;
    return m.all.front();
  }

  void rest(uint32_t uid) {
    users_[uid].busy = false;
    rounds_.quiet(uid, now());
  }

  // -- runs -------------------------------------------------------------------

  void start(uint32_t uid, const shown_writers& m, const log_writer& witness) {
    std::vector<os::log_to_rotate> logs;
    for (const auto& one : m.all)
      logs.push_back({one.id, one.name,
                      core::limits_for(*setup_.policy, m.owner->name,
                                       m.owner->groups, one.wishes)});
    auto plan = os::plan_log_rotation(setup_.program, *m.owner, logs);
    if (!plan) {
      rest(uid);
      return;
    }
    os::sockets_ptr report;
    if (auto file = os::make_report_file()) {
      std::vector<os::fd> passed;
      passed.push_back(*std::move(file));
      report = std::make_shared<const std::vector<os::fd>>(std::move(passed));
    }
    const auto id = keeper_runs_->start(
        std::make_shared<os::launch_spec>(*std::move(plan)), report);
    runs_.emplace(id, run{uid, now(), witness, std::move(report)});
    begun_ = true;
  }

  /// By the timer of the rounds, since one of each run's own would be one more
  /// wake-up.
  void end_late_runs() {
    for (const auto& [id, r] : runs_)
      if (now() - r.began > longest_run)
        keeper_runs_->cancel(id);
  }

  void over(const keeper_runs::end& what) {
    using enum keeper_runs::ending;
    switch (what.how) {
    case ended:
      look_at_report(what.id);
      break;
    case start_failed:
      failed(what.id, "it could not be started ("
                          + std::to_string(what.slot.error) + ")");
      break;
    case refused:
      failed(what.id, "the keeper refused it");
      break;
    case impossible:
      failed(what.id, what.reason);
      break;
    case lost:
      failed(what.id, "it was lost with the keeper");
      break;
    }
  }

  void look_at_report(uint32_t id) {
    const auto& r = runs_.at(id);
    const auto report
        = r.report ? os::read_report_file(r.report->front()) : std::nullopt;
    if (report)
      setup_.tallies->logs_looked_at(*report);
    // Who leaves no report was killed in the middle of its work.
    finish(id, !report || report->grew);
  }

  void failed(uint32_t id, const std::string& why) {
    core::rotation_report none;
    none.failures = 1;
    setup_.tallies->logs_looked_at(none);
    setup_.warn("hiisi-rotate did not look at the logs of uid "
                + std::to_string(runs_.at(id).uid) + ": " + why);
    finish(id, false);
  }

  void finish(uint32_t id, bool soon) {
    const auto gone = runs_.extract(id);
    const auto& r = gone.mapped();
    const auto u = users_.find(r.uid);
    if (u == users_.end())
      return;
    u->second.busy = false;
    // After the run, which has used some itself.
    u->second.cpu = setup_.cpu(r.uid, r.witness.id, r.witness.pid);
    if (!soon)
      rest(r.uid);
  }

  caf::event_based_actor* self_;
  log_rotator_setup setup_;
  core::log_rounds rounds_;
  std::map<uint32_t, user> users_;
  std::map<uint32_t, run> runs_;
  /// How many supervisors have yet to answer.
  size_t asking_ = 0;
  /// Runs have been begun since a timer was set.
  bool begun_ = false;
  std::optional<keeper_runs> keeper_runs_;
  /// What the timer that counts is set to, and its number.
  std::optional<nanoseconds> armed_;
  uint64_t epoch_ = 0;
};

caf::behavior log_rotator(caf::stateful_actor<rotator_state>* self,
                          log_rotator_setup setup) {
  auto& state = state_of(self);
  state.init(std::move(setup));
  return state.make_behavior();
}

} // namespace

caf::actor spawn_log_rotator(caf::actor_system& system,
                             log_rotator_setup setup) {
  return system.spawn(log_rotator, std::move(setup));
}

} // namespace hiisi::actors
