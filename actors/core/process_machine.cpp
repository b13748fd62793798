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
    call_off_start();
    act(effect::save{save_purpose::report_stop, record_.run});
    return;
  }
  begin_stop();
}

void process_machine::on(event::suspend&, const circumstances&) {
  suspended_ = true;
  begin_stop();
}

bool process_machine::kept_up() const noexcept {
  return record_.spec->policy != protocol::restart_policy::no;
}

/// Whether it is to end, whatever its policy says.
bool process_machine::held() const noexcept {
  return !record_.wanted || suspended_;
}

void process_machine::begin_stop() {
  stop_asked_ = true;
  if (!is_up(record_.state))
    call_off_start();
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
    begin_asked_ladder();
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
  // What was to be killed may have been on its way to the keeper by way of the
  // name services, which the kill has overtaken.
  if (aborting_)
    act(effect::kill_tree{record_.run});
  else
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
  refusals_ = 0;
  if (start_asked_)
    finish_start({});
  if (held())
    begin_asked_ladder();
}

void process_machine::on(event::start_failed& e, const circumstances& when) {
  if (e.run != record_.run || record_.state != state_t::starting)
    return;
  child_ = {};
  if (stop_if_held())
    return;
  if (kept_up() && (e.by_hiisi || (e.not_now && !start_asked_))) {
    await_better_time(e.reason, when);
  } else if (start_asked_) {
    // Whoever asks by hand is told at once, and no policy hides the mistake.
    settle(state_t::failed, e.reason, save_purpose::note);
  } else {
    record_.reason = e.reason;
    follow_ending({true, boot_time{0}}, when);
  }
  if (start_asked_)
    finish_start(make_error(errc::start_failed, e.reason));
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

/// A start that will not be, as a stop came first.
void process_machine::call_off_start() {
  if (start_asked_)
    finish_start(
        make_error(errc::start_failed, "stopped before it had started"));
}

} // namespace hiisi::core
