#include "process_life.hpp"

using namespace hiisi;
using core::save_purpose;
using protocol::process_state;
using protocol::restart_policy;
using test::process_life;
using namespace std::chrono_literals;

namespace {

process_life recovered(restart_policy policy, process_state state,
                       bool wanted = true) {
  return process_life{process_life::found_record(policy, state, wanted), {}};
}

core::child_end end_of(protocol::exit_info exit, bool tree_empty,
                       const process_life& p) {
  return {exit, p.now + 1s, tree_empty};
}

} // namespace

BOOST_AUTO_TEST_SUITE(process_machine)

BOOST_AUTO_TEST_SUITE(recovery)

BOOST_AUTO_TEST_CASE(what_runs_is_found_running) {
  for (auto state : {process_state::starting, process_state::running,
                     process_state::backoff, process_state::exited}) {
    auto p = recovered(restart_policy::always, state);
    BOOST_TEST(p.found(3, true) == "");
    BOOST_TEST(p.state() == "running");
    BOOST_TEST(p.machine.child().pid == 100);
  }
}

BOOST_AUTO_TEST_CASE(a_restart_after_the_last_save_is_found) {
  auto p = recovered(restart_policy::always, process_state::backoff);
  BOOST_TEST(p.found(5, true) == "");
  BOOST_TEST(p.state() == "running");
  BOOST_TEST(p.run() == 5u);
  p.now += 1s;
  p.ended(process_life::exited(1));
  BOOST_TEST(p.saved(save_purpose::end_of_run) == "acknowledge(5) spawn(6)");
}

BOOST_AUTO_TEST_CASE(an_older_incarnation_does_not_stand_for_this_one) {
  auto p = recovered(restart_policy::always, process_state::starting);
  BOOST_TEST(p.found(2, true) == "");
  BOOST_TEST(p.state() == "starting");
  BOOST_TEST(p.run() == 3u);
}

BOOST_AUTO_TEST_CASE(what_is_released_but_not_started_is_waited_for) {
  auto p = recovered(restart_policy::no, process_state::starting);
  BOOST_TEST(p.found(3, false) == "");
  BOOST_TEST(p.state() == "starting");
  BOOST_TEST(p.child_started() == "");
  BOOST_TEST(p.state() == "running");
}

BOOST_AUTO_TEST_CASE(a_stop_that_the_daemon_did_not_finish_begins_anew) {
  for (auto state : {process_state::running, process_state::stopping}) {
    auto p = recovered(restart_policy::always, state, false);
    BOOST_TEST(p.found(3, true) == "signal(3,2) timer(5000ms)");
    BOOST_TEST(p.state() == "stopping");
    p.ended(process_life::killed(2));
    BOOST_TEST(p.saved(save_purpose::report_stop) == "acknowledge(3)");
    BOOST_TEST(p.state() == "stopped");
  }
}

BOOST_AUTO_TEST_CASE(the_rest_of_a_tree_is_stopped_after_a_restart_too) {
  for (auto state : {process_state::running, process_state::stopping}) {
    auto p = recovered(restart_policy::no, state, false);
    BOOST_TEST(p.found(3, true, end_of(process_life::exited(0), false, p))
               == "signal(3,2) timer(5000ms)");
    BOOST_TEST(p.state() == "stopping");
    BOOST_TEST(p.timer() == "signal(3,15) timer(5000ms)");
  }
}

BOOST_AUTO_TEST_CASE(what_daemonised_itself_is_found_running) {
  for (auto state : {process_state::starting, process_state::running}) {
    auto p = recovered(restart_policy::always, state);
    BOOST_TEST(p.found(3, true, end_of(process_life::exited(0), false, p))
               == "");
    BOOST_TEST(p.state() == "running");
    BOOST_TEST(p.machine.detached());
  }
}

BOOST_AUTO_TEST_CASE(what_a_crash_left_is_cleared_away_after_a_restart_too) {
  for (auto state : {process_state::running, process_state::stopping}) {
    auto p = recovered(restart_policy::always, state);
    BOOST_TEST(p.found(3, true, end_of(process_life::killed(11), false, p))
               == "signal(3,2) timer(5000ms)");
  }
}

BOOST_AUTO_TEST_CASE(an_end_that_the_daemon_missed_is_followed) {
  for (auto state : {process_state::starting, process_state::running,
                     process_state::stopping}) {
    auto p = recovered(restart_policy::on_failure, state);
    BOOST_TEST(p.found(3, true, end_of(process_life::exited(4), true, p))
               == "save(end_of_run,3)");
    BOOST_TEST(p.state() == "backoff");
    BOOST_TEST(p.record().last_exit->value == 4);
    BOOST_TEST(p.saved(save_purpose::end_of_run) == "acknowledge(3) spawn(4)");
  }
}

BOOST_AUTO_TEST_CASE(an_end_that_is_on_record_is_acknowledged_and_not_counted) {
  struct row {
    process_state state;
    bool wanted;
    std::string_view effects;
    std::string_view becomes;
  };
  for (const auto& r : std::initializer_list<row>{
           {process_state::exited, true, "acknowledge(3)", "exited"},
           {process_state::failed, true, "acknowledge(3)", "failed"},
           {process_state::stopped, false, "acknowledge(3)", "stopped"},
           {process_state::backoff, true, "acknowledge(3) spawn(4)",
            "starting"},
       }) {
    auto record
        = process_life::found_record(restart_policy::always, r.state, r.wanted);
    record.restarts = 2;
    record.quick_failures = 2;
    record.last_exit = process_life::exited(8);
    process_life p{record, {}};
    BOOST_TEST(p.found(3, true, end_of(process_life::exited(8), true, p))
               == r.effects);
    BOOST_TEST(p.state() == r.becomes);
    BOOST_TEST(p.record().restarts == 2u);
    BOOST_TEST(p.record().quick_failures == 2u);
  }
}

BOOST_AUTO_TEST_CASE(an_end_is_not_counted_twice_for_a_lost_answer) {
  process_life p{restart_policy::always};
  p.run_up();
  p.now += 1s;
  p.ended(process_life::exited(1));
  const auto end = end_of(process_life::exited(1), true, p);
  // The keeper comes back before the record is saved: it is told afterwards.
  BOOST_TEST(p.found(1, true, end) == "");
  BOOST_TEST(p.record().restarts == 1u);
  BOOST_TEST(p.saved(save_purpose::end_of_run) == "acknowledge(1) spawn(2)");
  p.come_up();
  p.ended(process_life::exited(1));
  p.saved(save_purpose::end_of_run);
  BOOST_TEST(p.state() == "backoff");
  // It comes back during a wait: it is told again, and the wait goes on.
  BOOST_TEST(p.found(2, true, end) == "acknowledge(2)");
  BOOST_TEST(p.state() == "backoff");
  BOOST_TEST(p.timer() == "spawn(3)");
}

BOOST_AUTO_TEST_CASE(a_lost_keeper_leaves_an_unknown_end) {
  auto p = recovered(restart_policy::on_failure, process_state::running);
  BOOST_TEST(p.not_found() == "save(end_of_run,3)");
  BOOST_TEST(p.state() == "backoff");
  BOOST_TEST((p.record().last_exit->how == protocol::exit_info::kind::unknown));
  // No evidence of a quick failure, so it is back at once.
  BOOST_TEST(p.record().quick_failures == 0u);
  BOOST_TEST(p.saved(save_purpose::end_of_run) == "spawn(4)");
}

BOOST_AUTO_TEST_CASE(what_nobody_holds_follows_its_policy) {
  struct row {
    restart_policy policy;
    process_state state;
    bool wanted;
    bool rebooted;
    uint32_t live_run;
    std::string_view becomes;
    std::string_view reason;
  };
  using enum process_state;
  for (const auto& r : std::initializer_list<row>{
           {restart_policy::no, running, true, false, 3, "exited", ""},
           {restart_policy::no, running, true, true, 0, "exited",
            "ended by a reboot of the host"},
           {restart_policy::no, starting, true, true, 0, "exited",
            "ended by a reboot of the host"},
           {restart_policy::always, running, true, true, 0, "backoff", ""},
           {restart_policy::on_failure, starting, true, true, 0, "backoff", ""},
           {restart_policy::always, stopping, true, true, 0, "backoff", ""},
           {restart_policy::always, stopping, false, true, 0, "stopped", ""},
           {restart_policy::always, running, false, false, 3, "stopped", ""},
           {restart_policy::no, exited, true, true, 3, "exited", ""},
           {restart_policy::always, failed, true, true, 0, "failed", ""},
           {restart_policy::always, stopped, false, true, 2, "stopped", ""},
           {restart_policy::always, backoff, true, true, 3, "starting", ""},
           {restart_policy::always, backoff, true, false, 4, "backoff", ""},
       }) {
    auto p = recovered(r.policy, r.state, r.wanted);
    p.not_found(r.rebooted, r.live_run);
    BOOST_TEST(p.state() == r.becomes, to_string(r.policy)
                                           << " " << to_string(r.state) << ": "
                                           << p.state());
    BOOST_TEST(p.record().reason == r.reason);
  }
}

BOOST_AUTO_TEST_CASE(a_restart_after_the_last_save_is_missed) {
  // Automatic restarts write no record but the live one.
  auto p = recovered(restart_policy::always, process_state::backoff);
  p.not_found(false, 6);
  BOOST_TEST((p.record().last_exit->how == protocol::exit_info::kind::unknown));
  BOOST_TEST(p.saved(save_purpose::end_of_run) == "spawn(7)");
}

BOOST_AUTO_TEST_CASE(a_lost_keeper_fails_the_start_under_way) {
  process_life p;
  p.start();
  p.child_made();
  BOOST_TEST(p.not_found()
             == "kill(1) started(unavailable: hiidet or its keeper ended "
                "while it was being started) save(end_of_run,1)");
  BOOST_TEST(p.state() == "failed");
}

BOOST_AUTO_TEST_CASE(a_lost_keeper_puts_off_the_start_that_a_policy_keeps_up) {
  process_life p{restart_policy::always};
  p.start();
  p.child_made();
  BOOST_TEST(p.not_found()
             == "kill(1) started(unavailable: hiidet or its keeper ended "
                "while it was being started) save(end_of_run,1)");
  BOOST_TEST(p.state() == "backoff");
  BOOST_TEST(p.saved(save_purpose::end_of_run) == "spawn(2)");
}

BOOST_AUTO_TEST_CASE(a_child_that_ends_at_its_gate_was_never_started) {
  // The keeper was lost, the next one took over what was left of the child.
  process_life p;
  p.start();
  p.child_made();
  BOOST_TEST(p.ended(process_life::exited(127))
             == "started(unavailable: hiidet or its keeper ended while it was "
                "being started) save(end_of_run,1)");
  BOOST_TEST(p.state() == "failed");
  BOOST_TEST((p.record().last_exit == std::nullopt));
  BOOST_TEST(p.saved(save_purpose::end_of_run) == "acknowledge(1)");
}

BOOST_AUTO_TEST_CASE(a_program_may_end_like_a_child_at_its_gate) {
  // A record says "starting" until the end, so only the child's own tells.
  for (const auto released : {false, true}) {
    auto p = recovered(restart_policy::no, process_state::starting);
    BOOST_TEST(
        p.found(3, true, end_of(process_life::exited(127), true, p), released)
        == "save(end_of_run,3)");
    BOOST_TEST(p.state() == (released ? "exited" : "failed"));
    BOOST_TEST(p.record().last_exit.has_value() == released);
  }
}

BOOST_AUTO_TEST_CASE(a_lost_keeper_ends_the_stop_under_way) {
  process_life p;
  p.run_up();
  p.stop();
  BOOST_TEST(p.not_found() == "save(report_stop,1)");
  BOOST_TEST(p.timer() == "");
  BOOST_TEST(p.saved(save_purpose::report_stop) == "stopped(ok)");
  BOOST_TEST(p.state() == "stopped");
}

BOOST_AUTO_TEST_CASE(a_start_during_the_clearing_away_survives_the_keeper) {
  process_life p;
  p.run_up();
  p.ended(process_life::exited(1), false);
  p.start();
  BOOST_TEST(p.not_found() == "save(end_of_run,1)");
  BOOST_TEST(p.saved(save_purpose::end_of_run) == "save(open_gate,2) spawn(2)");
  p.come_up();
}

BOOST_AUTO_TEST_CASE(a_ladder_goes_on_across_an_absence_of_the_keepers) {
  process_life p{restart_policy::always};
  p.run_up();
  p.stop_on_record();
  BOOST_TEST(p.found(1, true) == "");
  BOOST_TEST(p.timer() == "signal(1,15) timer(5000ms)");
  BOOST_TEST(p.found(1, true, end_of(process_life::killed(15), false, p))
             == "");
  BOOST_TEST(p.found(1, true, end_of(process_life::killed(15), false, p))
             == "");
  BOOST_TEST(p.timer() == "kill(1) timer(5000ms)");
  BOOST_TEST(p.found(1, true, end_of(process_life::killed(15), true, p))
             == "save(report_stop,1)");
}

BOOST_AUTO_TEST_CASE(a_wait_goes_on_across_an_absence_of_the_keepers) {
  process_life p{restart_policy::always};
  p.run_up();
  p.ended(process_life::exited(1));
  p.saved(save_purpose::end_of_run);
  p.come_up();
  p.ended(process_life::exited(1));
  p.saved(save_purpose::end_of_run);
  BOOST_TEST(p.not_found() == "");
  BOOST_TEST(p.state() == "backoff");
  BOOST_TEST(p.timer() == "spawn(3)");
}

BOOST_AUTO_TEST_CASE(running_on_across_an_absence_of_the_keepers) {
  process_life p;
  p.run_up();
  BOOST_TEST(p.found(1, true) == "");
  BOOST_TEST(p.state() == "running");
  p.now += 1s;
  p.ended(process_life::exited(0));
  BOOST_TEST(p.saved(save_purpose::end_of_run) == "acknowledge(1)");
}

BOOST_AUTO_TEST_CASE(a_start_whose_news_was_lost_is_answered_when_found) {
  process_life p;
  p.start();
  p.child_made();
  p.saved(save_purpose::open_gate);
  p.live_saved();
  BOOST_TEST(p.found(1, true) == "started(ok)");
  BOOST_TEST(p.state() == "running");
}

BOOST_AUTO_TEST_CASE(a_stop_whose_start_was_found_ended_goes_on) {
  process_life p{restart_policy::always};
  p.run_up();
  p.ended(process_life::exited(1));
  p.saved(save_purpose::end_of_run);
  p.child_made();
  p.live_saved();
  p.stop();
  // It daemonised itself while the keeper could not be heard.
  BOOST_TEST(p.found(2, true, end_of(process_life::exited(0), false, p))
             == "save(first_signal,2)");
  BOOST_TEST(p.saved(save_purpose::first_signal)
             == "signal(2,2) timer(5000ms)");
}

BOOST_AUTO_TEST_CASE(a_first_signal_waits_though_the_keeper_was_away) {
  process_life p{restart_policy::always};
  p.run_up();
  p.stop();
  BOOST_TEST(p.found(1, true) == "");
  BOOST_TEST(p.saved(save_purpose::first_signal)
             == "signal(1,2) timer(5000ms)");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
