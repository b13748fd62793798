#include "actors/core/process_machine.hpp"

#include <algorithm>
#include <utility>

// What is found, and what is not, after a start of the daemon's or the
// keeper's.

namespace hiisi::core {

using protocol::errc;
using protocol::make_error;

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
    // Some programs end as a child does that is let go at its gate.
    if (!is_up(record_.state) || e.released)
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
    begin_asked_ladder();
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
  if (stop_if_held())
    return;
  if (starting && start_asked_) {
    lose_start(when);
    return;
  }
  record_.reason.clear();
  if (start_asked_) {
    await_launch(when);
    return;
  }
  if (e.rebooted && !kept_up()) {
    settle(state_t::exited, "ended by a reboot of the host",
           save_purpose::end_of_run);
    return;
  }
  // Nobody saw how it ended, which is no evidence of a quick failure.
  follow_ending({true, settings_.restart.reset_after}, when);
}

/// The child did not outlive a daemon or a keeper that ended meanwhile. Whoever
/// asked for what a policy keeps up is told of a start that comes later.
void process_machine::lose_start(const circumstances& when) {
  const std::string why
      = "hiidet or its keeper ended while it was being started";
  if (start_asked_)
    finish_start(make_error(errc::unavailable, why,
                            kept_up() ? "its restart policy starts it again"
                                      : "start it again"));
  if (kept_up())
    follow_ending({true, settings_.restart.reset_after}, when);
  else
    settle(state_t::failed, why, save_purpose::end_of_run);
}

/// A backoff that was found on disk has no timer; its wait ends here.
void process_machine::resume_backoff() {
  if (record_.state == state_t::backoff && restart_at_ == boot_time{})
    launch(false);
}

/// What is wanted and yet stopped went down with the host.
void process_machine::resume_suspended() {
  if (record_.state == state_t::stopped && record_.wanted && !suspended_
      && kept_up())
    launch(false);
}

} // namespace hiisi::core
