#include "process_life.hpp"

using namespace hiisi;
using core::save_purpose;
using protocol::restart_policy;
using test::process_life;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(process_machine)

BOOST_AUTO_TEST_SUITE(stop)

BOOST_AUTO_TEST_CASE(the_ladder_is_climbed_rung_by_rung) {
  process_life p;
  p.run_up();
  BOOST_TEST(p.stop_on_record() == "signal(1,2) timer(5000ms)");
  BOOST_TEST(p.state() == "stopping");
  // From here on it may take a while, so a next daemon is to go on with it.
  BOOST_TEST(p.timer() == "save(note,1) signal(1,15) timer(5000ms)");
  BOOST_TEST(p.timer() == "kill(1) timer(5000ms)");
  BOOST_TEST(p.ended(process_life::killed(9)) == "save(report_stop,1)");
  BOOST_TEST(p.state() == "stopped");
  BOOST_TEST(p.saved(save_purpose::report_stop)
             == "acknowledge(1) stopped(ok)");
}

BOOST_AUTO_TEST_CASE(nothing_is_signalled_before_the_stop_is_on_record) {
  process_life p{restart_policy::always};
  p.run_up();
  BOOST_TEST(p.stop() == "save(first_signal,1)");
  BOOST_TEST(p.state() == "stopping");
  BOOST_TEST(!p.record().wanted);
  BOOST_TEST(p.saved(save_purpose::note) == "");
  BOOST_TEST(p.saved(save_purpose::first_signal, 0u) == "");
  BOOST_TEST(p.saved(save_purpose::first_signal)
             == "signal(1,2) timer(5000ms)");
  BOOST_TEST(p.saved(save_purpose::first_signal) == "");
}

BOOST_AUTO_TEST_CASE(what_nothing_starts_again_is_signalled_at_once) {
  process_life p{restart_policy::no};
  p.run_up();
  BOOST_TEST(p.stop() == "signal(1,2) timer(5000ms)");
  BOOST_TEST(!p.record().wanted);
  BOOST_TEST(p.ended(process_life::killed(2)) == "save(report_stop,1)");
  BOOST_TEST(p.state() == "stopped");
}

BOOST_AUTO_TEST_CASE(on_a_full_disk_a_process_can_be_stopped_all_the_same) {
  process_life p{restart_policy::always};
  p.run_up();
  p.stop();
  BOOST_TEST(p.saved(save_purpose::first_signal, process_life::disk_full())
             == "signal(1,2) timer(5000ms)");
}

BOOST_AUTO_TEST_CASE(what_ends_before_its_stop_is_on_record_is_not_signalled) {
  process_life p{restart_policy::always};
  p.run_up();
  p.stop();
  BOOST_TEST(p.ended(process_life::exited(1)) == "save(report_stop,1)");
  BOOST_TEST(p.saved(save_purpose::first_signal) == "");
  BOOST_TEST(p.saved(save_purpose::report_stop)
             == "acknowledge(1) stopped(ok)");
  BOOST_TEST(p.state() == "stopped");
}

BOOST_AUTO_TEST_CASE(a_tree_left_before_its_stop_is_on_record_climbs_then) {
  process_life p{restart_policy::always};
  p.run_up();
  p.stop();
  BOOST_TEST(p.ended(process_life::exited(1), false) == "");
  BOOST_TEST(p.saved(save_purpose::first_signal)
             == "signal(1,2) timer(5000ms)");
}

BOOST_AUTO_TEST_CASE(a_stop_overrules_every_policy) {
  process_life p{restart_policy::always};
  p.run_up();
  p.stop_on_record();
  p.ended(process_life::exited(1));
  BOOST_TEST(p.state() == "stopped");
  BOOST_TEST(!p.record().wanted);
  BOOST_TEST(p.record().restarts == 0u);
}

BOOST_AUTO_TEST_CASE(a_stop_that_does_not_get_on_record_says_so) {
  process_life p;
  p.run_up();
  p.stop_on_record();
  p.ended(process_life::exited(0));
  BOOST_TEST(p.saved(save_purpose::report_stop, process_life::disk_full())
             == "acknowledge(1) stopped(storage_failed: disk full)");
  BOOST_TEST(p.state() == "stopped");
}

BOOST_AUTO_TEST_CASE(a_tree_outlives_its_first_process_on_the_ladder) {
  process_life p{restart_policy::always};
  p.run_up();
  p.stop_on_record();
  BOOST_TEST(p.ended(process_life::killed(2), false) == "");
  BOOST_TEST(p.timer() == "signal(1,15) timer(5000ms)");
  BOOST_TEST(p.ended(process_life::killed(2), true) == "save(report_stop,1)");
}

BOOST_AUTO_TEST_CASE(what_even_sigkill_does_not_end_is_reported_as_stuck) {
  process_life p;
  p.run_up();
  p.stop_on_record();
  p.timer();
  p.timer();
  BOOST_TEST(p.timer()
             == "stopped(timed_out: still not gone after SIGKILL) kill(1) "
                "timer(10000ms)");
  BOOST_TEST(p.state() == "stopping");
  BOOST_TEST(p.timer() == "kill(1) timer(20000ms)");
  p.ended(process_life::killed(9));
  BOOST_TEST(p.saved(save_purpose::report_stop) == "acknowledge(1)");
  BOOST_TEST(p.state() == "stopped");
}

BOOST_AUTO_TEST_CASE(a_second_stop_of_what_is_stuck_is_answered_too) {
  process_life p;
  p.run_up();
  p.stop_on_record();
  for (int i = 0; i < 3; ++i)
    p.timer();
  BOOST_TEST(p.stop() == "save(note,1)");
  BOOST_TEST(p.timer()
             == "stopped(timed_out: still not gone after SIGKILL) kill(1) "
                "timer(20000ms)");
}

BOOST_AUTO_TEST_CASE(a_start_of_what_is_stuck_is_answered_too) {
  process_life p;
  p.run_up();
  p.stop_on_record();
  for (int i = 0; i < 3; ++i)
    p.timer();
  BOOST_TEST(p.start() == "");
  BOOST_TEST(p.timer()
             == "started(timed_out: still not gone after SIGKILL) kill(1) "
                "timer(20000ms)");
}

BOOST_AUTO_TEST_CASE(a_timer_of_an_earlier_epoch_is_ignored) {
  process_life p;
  p.run_up();
  p.stop_on_record();
  const auto first = p.epoch;
  p.timer();
  BOOST_TEST(p.feed(core::event::timer{first}) == "");
  BOOST_TEST(p.feed(core::event::timer{p.epoch + 1}) == "");
  p.ended(process_life::killed(15));
  BOOST_TEST(p.timer() == "");
  p.saved(save_purpose::report_stop);
  p.start();
  BOOST_TEST(p.timer() == "");
}

BOOST_AUTO_TEST_CASE(stopping_what_was_stopped_is_answered_at_once) {
  process_life p;
  p.run_up();
  p.stop_on_record();
  p.ended(process_life::exited(0));
  p.saved(save_purpose::report_stop);
  BOOST_TEST(p.stop() == "stopped(ok)");
}

BOOST_AUTO_TEST_CASE(stopping_what_has_ended_is_put_on_record) {
  process_life p;
  p.run_up();
  p.ended(process_life::exited(0));
  p.saved(save_purpose::end_of_run);
  BOOST_TEST(p.stop() == "save(report_stop,1)");
  BOOST_TEST(p.saved(save_purpose::report_stop) == "stopped(ok)");
  BOOST_TEST(p.state() == "exited");
  BOOST_TEST(!p.record().wanted);
}

BOOST_AUTO_TEST_CASE(a_stop_during_backoff_ends_it) {
  process_life p{restart_policy::always};
  p.run_up();
  p.ended(process_life::exited(1));
  p.saved(save_purpose::end_of_run);
  p.come_up();
  p.ended(process_life::exited(1));
  p.saved(save_purpose::end_of_run);
  BOOST_TEST(p.state() == "backoff");
  BOOST_TEST(p.stop() == "save(report_stop,2)");
  BOOST_TEST(p.saved(save_purpose::report_stop) == "stopped(ok)");
  BOOST_TEST(p.timer() == "");
  BOOST_TEST(p.state() == "stopped");
}

BOOST_AUTO_TEST_CASE(a_stop_before_an_immediate_restart_prevents_it) {
  process_life p{restart_policy::always};
  p.run_up();
  p.ended(process_life::exited(1));
  BOOST_TEST(p.stop() == "save(report_stop,1)");
  BOOST_TEST(p.saved(save_purpose::end_of_run) == "acknowledge(1)");
  BOOST_TEST(p.saved(save_purpose::report_stop) == "stopped(ok)");
  BOOST_TEST(p.state() == "stopped");
}

BOOST_AUTO_TEST_CASE(before_its_gate_has_opened_a_child_is_dropped) {
  process_life p{restart_policy::always};
  p.run_up();
  p.ended(process_life::exited(1));
  p.saved(save_purpose::end_of_run);
  BOOST_TEST(p.stop() == "kill(2)");
  // The keeper may have been asked to kill before it was asked to start.
  BOOST_TEST(p.child_made() == "kill(2)");
  BOOST_TEST(p.start_failed("called off") == "save(report_stop,2)");
  BOOST_TEST(p.saved(save_purpose::report_stop) == "stopped(ok)");
  BOOST_TEST(p.state() == "stopped");
  BOOST_TEST(p.record().reason == "");
}

BOOST_AUTO_TEST_CASE(after_its_gate_has_opened_it_climbs_the_ladder) {
  process_life p{restart_policy::always};
  p.run_up();
  p.ended(process_life::exited(1));
  p.saved(save_purpose::end_of_run);
  p.child_made();
  p.live_saved();
  BOOST_TEST(p.stop() == "");
  BOOST_TEST(p.child_started() == "save(first_signal,2)");
  BOOST_TEST(p.saved(save_purpose::first_signal)
             == "signal(2,2) timer(5000ms)");
  BOOST_TEST(p.ended(process_life::killed(2)) == "save(report_stop,2)");
}

BOOST_AUTO_TEST_CASE(after_its_gate_has_opened_it_may_fail_to_start) {
  process_life p{restart_policy::always};
  p.run_up();
  p.ended(process_life::exited(1));
  p.saved(save_purpose::end_of_run);
  p.child_made();
  p.live_saved();
  p.stop();
  BOOST_TEST(p.start_failed("no such program") == "save(report_stop,2)");
  BOOST_TEST(p.saved(save_purpose::report_stop) == "stopped(ok)");
}

BOOST_AUTO_TEST_CASE(a_start_that_is_stopped_says_so) {
  process_life p;
  p.start();
  p.stop();
  BOOST_TEST(p.start_failed("called off")
             == "save(report_stop,1) "
                "started(start_failed: stopped before it had started)");
  BOOST_TEST(p.saved(save_purpose::report_stop) == "stopped(ok)");
}

BOOST_AUTO_TEST_CASE(a_stop_during_the_clearing_away_goes_on_with_the_ladder) {
  process_life p{restart_policy::always};
  p.run_up();
  p.ended(process_life::exited(1), false);
  BOOST_TEST(p.stop() == "save(note,1)");
  BOOST_TEST(p.timer() == "signal(1,15) timer(5000ms)");
  p.ended(process_life::exited(1), true);
  BOOST_TEST(p.state() == "stopped");
  BOOST_TEST(p.saved(save_purpose::report_stop)
             == "acknowledge(1) stopped(ok)");
}

BOOST_AUTO_TEST_CASE(a_process_may_have_a_ladder_of_its_own) {
  auto record = process_life::fresh_record(restart_policy::no);
  auto spec = *record.spec;
  spec.stop_signal = 1;
  spec.stop_timeout = 250ms;
  record.spec = std::make_shared<core::process_spec>(spec);
  process_life p{record, {}};
  p.run_up();
  BOOST_TEST(p.stop_on_record() == "signal(1,1) timer(250ms)");
  BOOST_TEST(p.timer() == "save(note,1) signal(1,15) timer(250ms)");
  BOOST_TEST(p.timer() == "kill(1) timer(5000ms)");
  // Other settings of the daemon's do not overrule it.
  p.machine.reconfigure({{}, {15, 9s}});
  p.ended(process_life::exited(0));
  p.saved(save_purpose::report_stop);
  p.run_up();
  BOOST_TEST(p.stop_on_record() == "signal(2,1) timer(250ms)");
}

BOOST_AUTO_TEST_CASE(what_daemonised_itself_is_stopped_as_a_tree) {
  process_life p;
  p.run_up();
  p.ended(process_life::exited(0), false);
  BOOST_TEST(p.stop_on_record() == "signal(1,2) timer(5000ms)");
  BOOST_TEST(p.ended(process_life::exited(0), true) == "save(report_stop,1)");
  BOOST_TEST(p.state() == "stopped");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
