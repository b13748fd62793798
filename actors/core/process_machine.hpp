#pragma once

#include "actors/core/leaf_memory.hpp"
#include "actors/core/process_record.hpp"
#include "actors/core/restart_policy.hpp"
#include "actors/core/stop_ladder.hpp"
#include "protocol/result.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace hiisi::core {

// The life of one process, as decisions alone: events in, effects out. The
// actor around it owns the timers and sends what the effects say.
//
//   starting  A child is being made. It waits at its gate until everything
//             that must be on record is, so that nothing unrecorded ever runs.
//             Leads to running, or to what follows a failed start.
//   running   Its tree lives. The first process may have ended with success
//             and left the rest, as a program does that daemonises itself.
//   backoff   Ended; the restart policy has it started again after a wait.
//   stopping  On the stop ladder, because its owner asked, or because its
//             first process crashed and what it left is being cleared away.
//   exited    Ended by itself, and its policy leaves it so.
//   failed    Could not be started, or was given up.
//   stopped   Its owner asked for it. No policy overrules that. Or the host
//             went down: then it is still wanted, and comes back.
//
// Leaving any state for the end of an incarnation goes through a save: the
// exit status is on disk before the keeper is told to forget it.

/// Facts about a child from the keeper.
struct child_facts {
  int32_t pid = 0;
  uint64_t pidfs_inode = 0;
  uint64_t start_ticks = 0;
  boot_time started_at{};
  /// Its leaf in cgroup v2; 0 where it has none of its own.
  uint64_t cgroup_id = 0;

  friend bool operator==(const child_facts&, const child_facts&) = default;
};

/// How an incarnation's first process ended.
struct child_end {
  protocol::exit_info exit;
  boot_time ended_at{};
  /// Whether nothing of its tree lives any more.
  bool tree_empty = true;
  /// What its cgroup tells, where that matters.
  std::optional<leaf_memory> memory{};
};

/// What a finished save was for; it comes back with the event.
enum class save_purpose : uint8_t {
  /// Nothing waits for it.
  note,
  /// The gate of a new child opens after it.
  open_gate,
  /// The keeper may forget the ended incarnation after it.
  end_of_run,
  /// A stop is reported after it.
  report_stop,
  /// The stop ladder begins after it: a daemon that is killed in between must
  /// not leave what has been signalled to a next one that takes it for wanted
  /// and starts it again.
  first_signal,
};

/// The moment and the luck an event is decided with.
struct circumstances {
  boot_time now{};
  /// Uniform in [0, 1).
  double random = 0.5;
};

// -- events -------------------------------------------------------------------

namespace event {

/// Its owner wants it started.
struct start {};
/// Its owner wants it stopped.
struct stop {};
/// The host is going down: it is to end, and to come back afterwards.
struct suspend {};
/// The record that an effect asked to save is on disk, or is not.
struct saved {
  save_purpose purpose = save_purpose::note;
  uint32_t run = 0;
  protocol::result<void> outcome;
};
/// The live record is written, or could not be.
struct live_saved {
  uint32_t run = 0;
};
struct child_made {
  uint32_t run = 0;
  child_facts facts;
};
/// execve has succeeded.
struct child_started {
  uint32_t run = 0;
};
/// It never ran; `reason` is for people.
struct start_failed {
  uint32_t run = 0;
  std::string reason;
  /// That is no failure of the program's: one of its ports is somebody else's
  /// just now, or its owner has started too much within a minute. It is tried
  /// again, ever less often, until it can be had.
  bool not_now = false;
  /// It is Hiisi that could not start it: there is no keeper just now, or no
  /// descriptor. Whoever asked is told, and what a policy keeps up is tried
  /// again like the above.
  bool by_hiisi = false;
};
struct child_ended {
  uint32_t run = 0;
  child_end end;
};
/// The timer of that epoch is due.
struct timer {
  uint64_t epoch = 0;
};
/// After a start of the daemon's or of the keeper's: the keeper holds this
/// incarnation. `end` is set where its first process has ended.
struct found {
  uint32_t run = 0;
  bool started = false;
  child_facts facts;
  std::optional<child_end> end;
  /// A daemon before this one had its child on record, which is the last thing
  /// before its gate is opened.
  bool released = false;
};
/// After a start of the daemon's or of the keeper's: nobody holds it.
struct not_found {
  /// Whether the host has been booted since it was last seen.
  bool rebooted = false;
  /// The incarnation that the live record tells of; 0 for none. Automatic
  /// restarts write no other, so it may be later than the record's.
  uint32_t live_run = 0;
  protocol::wall_time at{};
};

} // namespace event

using process_event
    = std::variant<event::start, event::stop, event::suspend, event::saved,
                   event::live_saved, event::child_made, event::child_started,
                   event::start_failed, event::child_ended, event::timer,
                   event::found, event::not_found>;

// -- effects ------------------------------------------------------------------

namespace effect {

/// Write the record; `event::saved` follows.
struct save {
  save_purpose purpose = save_purpose::note;
  uint32_t run = 0;
};
/// Write the live record of the current child; `event::live_saved` follows.
struct save_live {};
/// Have the keeper fork the incarnation `run`.
struct spawn {
  uint32_t run = 0;
};
struct open_gate {
  uint32_t run = 0;
};
struct send_signal {
  uint32_t run = 0;
  int signal = 0;
};
struct kill_tree {
  uint32_t run = 0;
};
/// The keeper may forget `run`.
struct acknowledge {
  uint32_t run = 0;
};
/// Deliver `event::timer{epoch}` after `delay`; earlier timers are void.
struct arm_timer {
  uint64_t epoch = 0;
  std::chrono::milliseconds delay{0};
};
/// The start that its owner asked for has ended so.
struct start_finished {
  protocol::result<void> outcome;
};
/// The stop that its owner asked for has ended so.
struct stop_finished {
  protocol::result<void> outcome;
};

} // namespace effect

using process_effect
    = std::variant<effect::save, effect::save_live, effect::spawn,
                   effect::open_gate, effect::send_signal, effect::kill_tree,
                   effect::acknowledge, effect::arm_timer,
                   effect::start_finished, effect::stop_finished>;

using process_effects = std::vector<process_effect>;

struct process_settings {
  restart_settings restart;
  stop_settings stop;
};

/// The state machine. Not thread-safe; owned by one actor.
class process_machine {
public:
  process_machine(process_record record, process_settings settings);

  /// Takes one event, changes state, and says what is to be done, in order.
  [[nodiscard]] process_effects handle(process_event what,
                                       const circumstances& when);

  /// Takes other settings for what is decided from now on.
  void reconfigure(process_settings settings);

  [[nodiscard]] const process_record& record() const noexcept {
    return record_;
  }
  /// The current child; `pid` 0 when there is none to speak of.
  [[nodiscard]] const child_facts& child() const noexcept { return child_; }
  /// In state backoff: when it is started again.
  [[nodiscard]] boot_time restart_at() const noexcept { return restart_at_; }
  /// Whether its first process has ended with success and left a tree behind.
  [[nodiscard]] bool detached() const noexcept { return detached_; }

private:
  using state_t = protocol::process_state;

  void on(event::start&, const circumstances&);
  void on(event::stop&, const circumstances&);
  void on(event::suspend&, const circumstances&);
  void on(event::saved&, const circumstances&);
  void on(event::live_saved&, const circumstances&);
  void on(event::child_made&, const circumstances&);
  void on(event::child_started&, const circumstances&);
  void on(event::start_failed&, const circumstances&);
  void on(event::child_ended&, const circumstances&);
  void on(event::timer&, const circumstances&);
  void on(event::found&, const circumstances&);
  void on(event::not_found&, const circumstances&);

  void begin_stop();
  /// Whether its policy starts it again.
  [[nodiscard]] bool kept_up() const noexcept;
  [[nodiscard]] bool held() const noexcept;
  void settle_stopped();
  /// Whether it was to end, and so is stopped now.
  [[nodiscard]] bool stop_if_held();
  void lose_start(const circumstances& when);
  void launch(bool record_first);
  void open_gate_if_ready();
  void climb();
  void begin_ladder();
  void begin_asked_ladder();
  void enter_ladder();
  void run_ended(const circumstances& when);
  void await_launch(const circumstances& when);
  void resume_backoff();
  void resume_suspended();
  void follow_ending(const ending& end, const circumstances& when);
  void await_better_time(std::string reason, const circumstances& when);
  void settle(state_t state, std::string reason, save_purpose purpose);
  void call_off_start();
  void finish_start(protocol::result<void> outcome);
  void finish_stop(protocol::result<void> outcome);
  void acknowledge_if_due();
  void arm(std::chrono::milliseconds delay);

  template <class Effect>
  void act(Effect what) {
    effects_.emplace_back(std::move(what));
  }

  process_record record_;
  process_settings settings_;
  process_effects effects_;
  child_facts child_;
  /// The end of the first process, while its tree is still on its way out.
  std::optional<child_end> end_;
  boot_time restart_at_{};
  bool restart_at_once_ = false;
  /// Starts in a row that could not be had just then.
  uint32_t refusals_ = 0;
  uint64_t epoch_ = 0;
  uint32_t ladder_step_ = 0;
  /// An ended incarnation that the keeper has not been told to forget.
  std::optional<uint32_t> unacknowledged_;
  bool record_saved_ = false;
  bool live_saved_ = false;
  bool detached_ = false;
  /// The stop ladder is under way, with a timer for its next rung.
  bool climbing_ = false;
  /// The host is going down.
  bool suspended_ = false;
  /// A start of the owner's has not been answered yet; likewise a stop.
  bool start_asked_ = false;
  bool stop_asked_ = false;
  /// The child of this run is to be dropped at its gate.
  bool aborting_ = false;
};

} // namespace hiisi::core
