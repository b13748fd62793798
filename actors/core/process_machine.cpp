#include "actors/core/process_machine.hpp"

#include <algorithm>
#include <utility>

namespace hiisi::core {

using protocol::errc;
using protocol::make_error;

namespace {

bool failed(const protocol::exit_info& exit) {
  return exit.how != protocol::exit_info::kind::exited || exit.value != 0;
}

protocol::error stopped_before_start() {
  return make_error(errc::start_failed, "stopped before it had started");
}

} // namespace

process_machine::process_machine(process_record record,
                                 process_settings settings)
    : record_(std::move(record)) {
  reconfigure(settings);
}

void process_machine::reconfigure(process_settings settings) {
  settings_ = settings;
  if (record_.spec->stop_signal)
    settings_.stop.signal = *record_.spec->stop_signal;
  if (record_.spec->stop_timeout)
    settings_.stop.timeout = *record_.spec->stop_timeout;
}

process_effects process_machine::handle(process_event what,
                                        const circumstances& when) {
  std::visit([&](auto& e) { on(e, when); }, what);
  return std::exchange(effects_, {});
}

// -- what the owner asks ------------------------------------------------------

void process_machine::on(event::start&, const circumstances&) {
  start_asked_ = true;
  record_.wanted = true;
  suspended_ = false;
  switch (record_.state) {
  case state_t::running:
    finish_start({});
    break;
  case state_t::starting:
    break; // Its outcome answers this start, too.
  case state_t::stopping:
    // The actor serialises what owners ask, so this is a tree that is being
    // cleared away after a crash, or one whose stop is stuck; the restart by
    // hand follows its end.
    break;
  case state_t::backoff:
  case state_t::exited:
  case state_t::failed:
  case state_t::stopped:
    // While the last end is on its way to the disk the start waits for it.
    if (!unacknowledged_)
      launch(true);
    break;
  }
}

void process_machine::on(event::stop&, const circumstances&) {
  const auto wanted = std::exchange(record_.wanted, false);
  if (wanted && is_finished(record_.state)) {
    stop_asked_ = true;
    if (start_asked_)
      finish_start(stopped_before_start());
    act(effect::save{save_purpose::report_stop, record_.run});
    return;
  }
  begin_stop();
}

void process_machine::on(event::suspend&, const circumstances&) {
  suspended_ = true;
  begin_stop();
}

/// Whether it is to end, whatever its policy says.
bool process_machine::held() const noexcept {
  return !record_.wanted || suspended_;
}

void process_machine::begin_stop() {
  stop_asked_ = true;
  if (start_asked_ && !is_up(record_.state))
    finish_start(stopped_before_start());
  switch (record_.state) {
  case state_t::starting:
    // The ladder begins as soon as there is something to signal; until its
    // gate is open the child is simply dropped.
    if (!record_saved_ || !live_saved_) {
      aborting_ = true;
      act(effect::kill_tree{record_.run});
    }
    break;
  case state_t::running:
    act(effect::save{save_purpose::note, record_.run});
    begin_ladder();
    break;
  case state_t::stopping:
    act(effect::save{save_purpose::note, record_.run});
    break;
  case state_t::backoff:
    settle_stopped();
    break;
  case state_t::exited:
  case state_t::failed:
  case state_t::stopped:
    finish_stop({});
    break;
  }
}

// -- starting -----------------------------------------------------------------

void process_machine::launch(bool record_first) {
  if (record_first) {
    record_.restarts = 0;
    record_.quick_failures = 0;
  }
  ++record_.run;
  ++epoch_; // Whatever timer is pending belongs to the past.
  record_.state = state_t::starting;
  record_.reason.clear();
  child_ = {};
  end_.reset();
  detached_ = false;
  aborting_ = false;
  climbing_ = false;
  restart_at_ = {};
  record_saved_ = !record_first;
  live_saved_ = false;
  // The save and the fork go on side by side; the gate waits for both.
  if (record_first)
    act(effect::save{save_purpose::open_gate, record_.run});
  act(effect::spawn{record_.run});
}

void process_machine::on(event::child_made& e, const circumstances&) {
  if (e.run != record_.run || record_.state != state_t::starting)
    return;
  child_ = e.facts;
  act(effect::save_live{});
}

void process_machine::on(event::live_saved& e, const circumstances&) {
  if (e.run != record_.run || record_.state != state_t::starting)
    return;
  live_saved_ = true;
  open_gate_if_ready();
}

void process_machine::open_gate_if_ready() {
  if (record_saved_ && live_saved_ && !aborting_)
    act(effect::open_gate{record_.run});
}

void process_machine::on(event::child_started& e, const circumstances&) {
  if (e.run != record_.run || record_.state != state_t::starting)
    return;
  record_.state = state_t::running;
  if (start_asked_)
    finish_start({});
  if (held())
    begin_ladder();
}

void process_machine::on(event::start_failed& e, const circumstances& when) {
  if (e.run != record_.run || record_.state != state_t::starting)
    return;
  child_ = {};
  if (held()) {
    settle_stopped();
    if (start_asked_)
      finish_start(stopped_before_start());
    return;
  }
  if (start_asked_) {
    // Whoever asks by hand is told at once, and no policy hides the mistake.
    settle(state_t::failed, e.reason, save_purpose::note);
    finish_start(make_error(errc::start_failed, e.reason));
    return;
  }
  record_.reason = e.reason;
  follow_ending({true, boot_time{0}}, when);
}

// -- ending -------------------------------------------------------------------

void process_machine::on(event::child_ended& e, const circumstances& when) {
  if (e.run != record_.run || !is_up(record_.state))
    return;
  // A tree's last news repeats the end of its first process, with less left.
  end_ = e.end;
  if (record_.state == state_t::starting) {
    // The news of the start was lost with a daemon; the end implies it.
    record_.state = state_t::running;
    if (start_asked_)
      finish_start({});
  }
  if (e.end.tree_empty) {
    run_ended(when);
    return;
  }
  child_.pid = 0;
  if (climbing_)
    return; // The ladder goes on for what is left.
  if (held() || failed(e.end.exit)) {
    begin_ladder();
    return;
  }
  record_.state = state_t::running;
  detached_ = true;
}

void process_machine::run_ended(const circumstances& when) {
  auto end = std::exchange(end_, std::nullopt);
  // The keeper knows when the first process ended; what a program left behind
  // to work for it was up until now.
  const auto ended_at = detached_ ? when.now : end->ended_at;
  const auto uptime = std::max(ended_at - child_.started_at, boot_time{0});
  record_.last_exit = end->exit;
  unacknowledged_ = record_.run;
  child_ = {};
  detached_ = false;
  climbing_ = false;
  ++epoch_;
  if (held()) {
    settle_stopped();
    if (start_asked_)
      finish_start(stopped_before_start());
    return;
  }
  record_.reason.clear();
  if (start_asked_)
    await_launch(when);
  else
    follow_ending({failed(end->exit), uptime}, when);
}

/// A start by hand that came while a tree was on its way out: it follows once
/// the end is on disk.
void process_machine::await_launch(const circumstances& when) {
  restart_at_ = when.now;
  restart_at_once_ = true;
  settle(state_t::backoff, {}, save_purpose::end_of_run);
}

void process_machine::follow_ending(const ending& end,
                                    const circumstances& when) {
  auto decision = decide_restart(record_.spec->policy, settings_.restart,
                                 record_.quick_failures, end, when.random);
  if (auto* again = std::get_if<restart_after>(&decision)) {
    record_.quick_failures = again->quick_failures;
    ++record_.restarts;
    restart_at_ = when.now + again->delay;
    restart_at_once_ = again->delay.count() == 0;
    settle(state_t::backoff, std::move(record_.reason),
           save_purpose::end_of_run);
    if (!restart_at_once_)
      arm(again->delay);
    return;
  }
  if (auto* enough = std::get_if<give_up>(&decision)) {
    record_.quick_failures = enough->quick_failures;
    auto reason = record_.reason.empty()
                      ? enough->reason
                      : enough->reason + ": " + record_.reason;
    settle(state_t::failed, std::move(reason), save_purpose::end_of_run);
    return;
  }
  // A start that failed without anybody waiting for it leaves a reason.
  const auto state = record_.reason.empty() ? state_t::exited : state_t::failed;
  settle(state, std::move(record_.reason), save_purpose::end_of_run);
}

void process_machine::settle_stopped() {
  settle(state_t::stopped,
         record_.wanted ? "stopped for a shutdown of the host" : "",
         save_purpose::report_stop);
}

void process_machine::settle(state_t state, std::string reason,
                             save_purpose purpose) {
  record_.state = state;
  record_.reason = std::move(reason);
  act(effect::save{purpose, record_.run});
}

void process_machine::on(event::saved& e, const circumstances&) {
  switch (e.purpose) {
  case save_purpose::note:
    break;
  case save_purpose::open_gate:
    if (e.run != record_.run || record_.state != state_t::starting)
      break;
    if (e.outcome.ok()) {
      record_saved_ = true;
      open_gate_if_ready();
      break;
    }
    // What is not on record must not run.
    act(effect::kill_tree{record_.run});
    record_.state = state_t::failed;
    record_.reason = e.outcome.failure().message;
    if (start_asked_)
      finish_start(e.outcome.failure());
    if (stop_asked_)
      finish_stop({});
    break;
  case save_purpose::end_of_run:
    // Without a record the status is lost with the daemon, yet a process
    // that can run must not stand still for a full disk.
    if (e.run != record_.run)
      break;
    acknowledge_if_due();
    if (start_asked_ && !is_up(record_.state))
      launch(true);
    else if (record_.state == state_t::backoff && restart_at_once_)
      launch(false);
    break;
  case save_purpose::report_stop:
    acknowledge_if_due();
    if (stop_asked_)
      finish_stop(e.outcome);
    if (start_asked_ && !is_up(record_.state))
      launch(true);
    break;
  }
}

void process_machine::acknowledge_if_due() {
  if (auto run = std::exchange(unacknowledged_, std::nullopt))
    act(effect::acknowledge{*run});
}

// -- the stop ladder ----------------------------------------------------------

void process_machine::begin_ladder() {
  record_.state = state_t::stopping;
  climbing_ = true;
  ladder_step_ = 0;
  climb();
}

void process_machine::climb() {
  if (ladder_step_ >= stuck_step) {
    const auto stuck = make_error(
        errc::timed_out, "still not gone after SIGKILL",
        "a process in an uninterruptible system call ends only when the kernel "
        "lets it; Hiisi goes on trying, and status shows it as stopping");
    if (stop_asked_)
      finish_stop(stuck);
    if (start_asked_)
      finish_start(stuck);
  }
  const auto next = ladder_rung(settings_.stop, ladder_step_++);
  if (next.how == rung::means::kill)
    act(effect::kill_tree{record_.run});
  else
    act(effect::send_signal{record_.run, next.signal});
  arm(next.patience);
}

void process_machine::arm(std::chrono::milliseconds delay) {
  act(effect::arm_timer{++epoch_, delay});
}

void process_machine::on(event::timer& e, const circumstances&) {
  if (e.epoch != epoch_)
    return;
  if (record_.state == state_t::stopping)
    climb();
  else if (record_.state != state_t::backoff)
    return;
  else if (unacknowledged_)
    restart_at_once_ = true; // A slow disk: the save launches it.
  else
    launch(false);
}

// -- after a start of the daemon's or the keeper's ----------------------------

void process_machine::on(event::found& e, const circumstances& when) {
  if (e.run < record_.run && is_up(record_.state))
    return; // An older incarnation, which the actor acknowledges by itself.
  if (e.end && e.end->tree_empty && e.run == record_.run
      && !is_up(record_.state)) {
    // Its end has been taken in; only the keeper has not heard of that. Where
    // the save is under way, the acknowledgement follows it.
    if (!unacknowledged_)
      act(effect::acknowledge{e.run});
    resume_backoff();
    resume_suspended();
    return;
  }
  record_.run = e.run;
  child_ = e.facts;
  record_saved_ = live_saved_ = true;
  if (e.end) {
    if (!is_up(record_.state))
      record_.state = state_t::running;
    event::child_ended ended{e.run, *e.end};
    on(ended, when);
    return;
  }
  if (!e.started) {
    record_.state = state_t::starting;
    return;
  }
  if (climbing_)
    return; // The ladder and its timer outlived the keeper's absence.
  record_.state = state_t::running;
  if (start_asked_)
    finish_start({});
  if (held())
    begin_ladder();
}

void process_machine::on(event::not_found& e, const circumstances& when) {
  using protocol::exit_info;
  const auto was_up = is_up(record_.state) || e.live_run > record_.run;
  record_.run = std::max(record_.run, e.live_run);
  if (!was_up) {
    resume_backoff();
    resume_suspended();
    return;
  }
  const auto starting = record_.state == state_t::starting;
  child_ = {};
  end_.reset();
  detached_ = false;
  climbing_ = false;
  ++epoch_;
  if (starting)
    act(effect::kill_tree{record_.run}); // Should it be on its way only now.
  if (!starting || !start_asked_)
    record_.last_exit = exit_info{exit_info::kind::unknown, 0, false, e.at};
  if (held()) {
    settle_stopped();
    if (start_asked_)
      finish_start(stopped_before_start());
    return;
  }
  if (starting && start_asked_) {
    settle(state_t::failed, "the keeper ended while it was being started",
           save_purpose::note);
    finish_start(
        make_error(errc::unavailable, record_.reason, "start it again"));
    return;
  }
  record_.reason.clear();
  if (start_asked_) {
    await_launch(when);
    return;
  }
  if (e.rebooted && record_.spec->policy == protocol::restart_policy::no) {
    settle(state_t::exited, "ended by a reboot of the host",
           save_purpose::end_of_run);
    return;
  }
  // Nobody saw how it ended, which is no evidence of a quick failure.
  follow_ending({true, settings_.restart.reset_after}, when);
}

/// A backoff that was found on disk has no timer; its wait ends here.
void process_machine::resume_backoff() {
  if (record_.state == state_t::backoff && restart_at_ == boot_time{})
    launch(false);
}

/// What is wanted and yet stopped went down with the host.
void process_machine::resume_suspended() {
  if (record_.state == state_t::stopped && record_.wanted && !suspended_
      && record_.spec->policy != protocol::restart_policy::no)
    launch(false);
}

// -- answers ------------------------------------------------------------------

void process_machine::finish_start(protocol::result<void> outcome) {
  start_asked_ = false;
  act(effect::start_finished{std::move(outcome)});
}

void process_machine::finish_stop(protocol::result<void> outcome) {
  stop_asked_ = false;
  act(effect::stop_finished{std::move(outcome)});
}

} // namespace hiisi::core
