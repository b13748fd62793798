#include "actors/core/process_machine.hpp"

#include <algorithm>
#include <utility>

namespace hiisi::core {

using protocol::errc;
using protocol::make_error;

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
  switch (record_.state) {
    case state_t::running:
      finish_start({});
      break;
    case state_t::starting:
      break; // Its outcome answers this start, too.
    case state_t::stopping:
      // The actor serialises what owners ask, so this is a tree that is being
      // cleared away after a crash; the restart by hand follows it.
      break;
    case state_t::backoff:
    case state_t::exited:
    case state_t::failed:
    case state_t::stopped:
      record_.restarts = 0;
      record_.quick_failures = 0;
      launch(true);
      break;
  }
}

void process_machine::on(event::stop&, const circumstances&) {
  stop_asked_ = true;
  const auto wanted = std::exchange(record_.wanted, false);
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
      settle(state_t::stopped, {}, save_purpose::report_stop);
      break;
    case state_t::exited:
    case state_t::failed:
    case state_t::stopped:
      if (wanted)
        act(effect::save{save_purpose::report_stop, record_.run});
      else
        finish_stop({});
      break;
  }
}

// -- starting -----------------------------------------------------------------

void process_machine::launch(bool record_first) {
  acknowledge_if_due();
  ++record_.run;
  ++epoch_; // Whatever timer is pending belongs to the past.
  record_.state = state_t::starting;
  record_.reason.clear();
  child_ = {};
  end_.reset();
  detached_ = false;
  aborting_ = false;
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
  if (!record_.wanted)
    begin_ladder();
}

void process_machine::on(event::start_failed& e, const circumstances& when) {
  if (e.run != record_.run || record_.state != state_t::starting)
    return;
  child_ = {};
  if (!record_.wanted) {
    settle(state_t::stopped, {}, save_purpose::report_stop);
    if (start_asked_)
      finish_start(make_error(errc::start_failed,
                              "stopped before it had started"));
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
  unacknowledged_ = record_.run;
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
  if (record_.state == state_t::stopping)
    return; // The ladder goes on for what is left.
  const auto success = e.end.exit.how == protocol::exit_info::kind::exited
                       && e.end.exit.value == 0;
  if (success)
    detached_ = true;
  else
    begin_ladder();
}

void process_machine::run_ended(const circumstances& when) {
  auto end = std::exchange(end_, std::nullopt);
  const auto uptime = std::max(end->ended_at - child_.started_at, boot_time{0});
  record_.last_exit = end->exit;
  child_ = {};
  detached_ = false;
  ++epoch_;
  if (!record_.wanted) {
    settle(state_t::stopped, {}, save_purpose::report_stop);
    return;
  }
  if (start_asked_) {
    // A start by hand that came while the crashed tree was cleared away.
    launch(true);
    return;
  }
  const auto failure = end->exit.how != protocol::exit_info::kind::exited
                       || end->exit.value != 0;
  record_.reason.clear();
  follow_ending({failure, uptime}, when);
}

void process_machine::follow_ending(const ending& end,
                                    const circumstances& when) {
  auto decision
    = decide_restart(record_.spec->policy, settings_.restart,
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
    auto reason = record_.reason.empty() ? enough->reason
                                         : enough->reason + ": "
                                             + record_.reason;
    settle(state_t::failed, std::move(reason), save_purpose::end_of_run);
    return;
  }
  // A start that failed without anybody waiting for it leaves a reason.
  const auto state
    = record_.reason.empty() ? state_t::exited : state_t::failed;
  settle(state, std::move(record_.reason), save_purpose::end_of_run);
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
      if (record_.state == state_t::backoff && restart_at_once_)
        launch(false);
      break;
    case save_purpose::report_stop:
      acknowledge_if_due();
      if (stop_asked_)
        finish_stop(e.outcome);
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
  ladder_step_ = 0;
  climb();
}

void process_machine::climb() {
  if (ladder_step_ == stuck_step && stop_asked_)
    finish_stop(make_error(
      errc::timed_out, "still not gone after SIGKILL",
      "a process in an uninterruptible system call ends only when the kernel "
      "lets it; Hiisi goes on trying, and status shows it as stopping"));
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
  else if (record_.state == state_t::backoff)
    launch(false);
}

// -- after a start of the daemon's or the keeper's ----------------------------

void process_machine::on(event::found& e, const circumstances& when) {
  if (e.run < record_.run && is_up(record_.state))
    return; // An older incarnation, which the actor acknowledges by itself.
  const auto known = e.run == record_.run && child_.pid != 0;
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
  if (known && record_.state == state_t::stopping)
    return; // The ladder and its timer outlived the keeper's absence.
  record_.state = state_t::running;
  if (start_asked_)
    finish_start({});
  if (!record_.wanted)
    begin_ladder();
}

void process_machine::on(event::not_found& e, const circumstances& when) {
  using protocol::exit_info;
  const auto was_up = is_up(record_.state) || e.live_run > record_.run;
  record_.run = std::max(record_.run, e.live_run);
  if (!was_up) {
    if (record_.state == state_t::backoff)
      launch(false);
    return;
  }
  const auto starting = record_.state == state_t::starting;
  child_ = {};
  end_.reset();
  ++epoch_;
  if (starting && start_asked_) {
    settle(state_t::failed, "the keeper ended while it was being started",
           save_purpose::note);
    finish_start(make_error(errc::unavailable, record_.reason,
                            "start it again"));
    return;
  }
  record_.last_exit = exit_info{exit_info::kind::unknown, 0, false, e.at};
  if (!record_.wanted) {
    settle(state_t::stopped, {}, save_purpose::report_stop);
    return;
  }
  if (e.rebooted && record_.spec->policy == protocol::restart_policy::no) {
    settle(state_t::exited, "ended by a reboot of the host",
           save_purpose::end_of_run);
    return;
  }
  // Nobody saw how it ended, which is no evidence of a quick failure.
  record_.reason.clear();
  follow_ending({true, settings_.restart.reset_after}, when);
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
