#include "actors/core/process_machine.hpp"

#include <algorithm>
#include <utility>

// How an incarnation ends, what follows, and the stop ladder.

namespace hiisi::core {

using protocol::errc;
using protocol::make_error;

namespace {

bool failed(const protocol::exit_info& exit) {
  return exit.how != protocol::exit_info::kind::exited || exit.value != 0;
}

/// A child that ends short of execve ends so; see hiidet/keeper/child.cpp.
bool ended_at_gate(const protocol::exit_info& exit) {
  return exit.how == protocol::exit_info::kind::exited && exit.value == 127;
}

void blame_memory(child_end& end) {
  if (!was_out_of_memory(end.exit, end.memory))
    return;
  end.exit.out_of_memory = true;
  end.exit.memory_max = end.memory->most;
}

} // namespace

// -- ending -------------------------------------------------------------------

void process_machine::on(event::child_ended& e, const circumstances& when) {
  if (e.run != record_.run || !is_up(record_.state))
    return;
  // A tree's last news repeats the end of its first process, with less left.
  // By then it may be us who kill what is left.
  if (end_)
    e.end.exit = end_->exit;
  else if (!climbing_ && !held())
    blame_memory(e.end);
  end_ = e.end;
  if (record_.state == state_t::starting) {
    if (e.end.tree_empty && ended_at_gate(e.end.exit)) {
      unacknowledged_ = record_.run;
      child_ = {};
      end_.reset();
      if (!stop_if_held())
        lose_start(when);
      return;
    }
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
  if (held()) {
    begin_asked_ladder();
    return;
  }
  // How it ended may be unknown; that is no reason to end what it has left.
  const auto unknown = e.end.exit.how == protocol::exit_info::kind::unknown;
  if (failed(e.end.exit) && !unknown) {
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
  if (stop_if_held())
    return;
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

void process_machine::await_better_time(std::string reason,
                                        const circumstances& when) {
  const auto delay
      = wait_after_refusal(settings_.restart, refusals_++, when.random);
  restart_at_ = when.now + delay;
  restart_at_once_ = false;
  settle(state_t::backoff, std::move(reason), save_purpose::end_of_run);
  arm(delay);
}

void process_machine::settle_stopped() {
  settle(state_t::stopped,
         record_.wanted ? "stopped for a shutdown of the host" : "",
         save_purpose::report_stop);
}

bool process_machine::stop_if_held() {
  if (!held())
    return false;
  settle_stopped();
  call_off_start();
  return true;
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
  case save_purpose::first_signal:
    // On a full disk a process can be stopped all the same; its owner hears
    // of the disk with the end of the stop.
    if (e.run == record_.run && record_.state == state_t::stopping && climbing_
        && ladder_step_ == 0)
      climb();
    break;
  }
}

void process_machine::acknowledge_if_due() {
  if (auto run = std::exchange(unacknowledged_, std::nullopt))
    act(effect::acknowledge{*run});
}

// -- the stop ladder ----------------------------------------------------------

/// Takes it for one that climbs already; the first rung is the caller's.
void process_machine::enter_ladder() {
  record_.state = state_t::stopping;
  climbing_ = true;
  ladder_step_ = 0;
  ++epoch_; // No timer is due before the first rung has armed one.
}

void process_machine::begin_ladder() {
  enter_ladder();
  climb();
}

/// What has a restart policy is not signalled before it is on record that it is
/// to end. Where it is on record already, as after a start of the daemon's,
/// nothing waits, nor where nothing would start it again anyway: that is put on
/// record once it takes longer than a moment.
void process_machine::begin_asked_ladder() {
  if (!stop_asked_ || !kept_up()) {
    begin_ladder();
    return;
  }
  enter_ladder();
  act(effect::save{save_purpose::first_signal, record_.run});
}

void process_machine::climb() {
  if (ladder_step_ >= stuck_step) {
    const auto stuck = make_error(
        errc::timed_out, "still not gone after SIGKILL",
        "a process in an uninterruptible system call ends only when the kernel "
        "lets it, and none is signalled while hiisi-keeper is not there (hiisi "
        "doctor tells); Hiisi goes on trying, and status shows it as stopping");
    if (stop_asked_)
      finish_stop(stuck);
    if (start_asked_)
      finish_start(stuck);
  }
  if (ladder_step_ == 1 && stop_asked_ && !kept_up())
    act(effect::save{save_purpose::note, record_.run});
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
  if (record_.state == state_t::stopping && ladder_step_ > 0)
    climb();
  else if (record_.state != state_t::backoff)
    return;
  else if (unacknowledged_)
    restart_at_once_ = true; // A slow disk: the save launches it.
  else
    launch(false);
}

} // namespace hiisi::core
