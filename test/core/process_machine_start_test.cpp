#include "process_life.hpp"

using namespace hiisi;
using core::save_purpose;
using protocol::restart_policy;
using test::process_life;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(process_machine)

BOOST_AUTO_TEST_SUITE(start)

BOOST_AUTO_TEST_CASE(saving_and_forking_go_on_side_by_side) {
  process_life p;
  BOOST_TEST(p.start() == "save(open_gate,1) spawn(1)");
  BOOST_TEST(p.state() == "starting");
  BOOST_TEST(p.record().wanted);
}

BOOST_AUTO_TEST_CASE(the_gate_opens_after_the_record_and_then_the_live_record) {
  process_life p;
  p.start();
  BOOST_TEST(p.saved(save_purpose::open_gate) == "");
  BOOST_TEST(p.child_made() == "save_live");
  BOOST_TEST(p.live_saved() == "open_gate(1)");
}

BOOST_AUTO_TEST_CASE(the_gate_opens_after_the_live_record_and_then_the_record) {
  process_life p;
  p.start();
  BOOST_TEST(p.child_made() == "save_live");
  BOOST_TEST(p.live_saved() == "");
  BOOST_TEST(p.saved(save_purpose::open_gate) == "open_gate(1)");
}

BOOST_AUTO_TEST_CASE(a_start_is_reported_once_execve_has_succeeded) {
  process_life p;
  p.start();
  p.child_made();
  p.saved(save_purpose::open_gate);
  p.live_saved();
  BOOST_TEST(p.state() == "starting");
  BOOST_TEST(p.child_started() == "started(ok)");
  BOOST_TEST(p.state() == "running");
  BOOST_TEST(p.machine.child().pid == 100);
}

BOOST_AUTO_TEST_CASE(what_could_not_be_saved_is_killed_at_its_gate) {
  process_life p;
  p.start();
  p.child_made();
  BOOST_TEST(p.saved(save_purpose::open_gate, process_life::disk_full())
             == "kill(1) started(storage_failed: disk full)");
  BOOST_TEST(p.state() == "failed");
  BOOST_TEST(p.record().reason == "disk full");
  BOOST_TEST(p.live_saved() == "");
  BOOST_TEST(p.start_failed("called off") == "");
  BOOST_TEST(p.state() == "failed");
}

BOOST_AUTO_TEST_CASE(a_failed_start_is_told_to_whoever_asked) {
  process_life p{restart_policy::always};
  p.start();
  p.saved(save_purpose::open_gate);
  BOOST_TEST(p.start_failed("could not start: ./web: No such file")
             == "save(note,1) "
                "started(start_failed: could not start: ./web: No such file)");
  // A mistake in the command line is not hidden by starting it ten times.
  BOOST_TEST(p.state() == "failed");
  BOOST_TEST(p.record().reason == "could not start: ./web: No such file");
}

BOOST_AUTO_TEST_CASE(a_taken_port_is_told_to_whoever_asked) {
  process_life p{restart_policy::always};
  p.start();
  p.saved(save_purpose::open_gate);
  BOOST_TEST(p.refused_for_now("bert listens on port 8080")
             == "save(note,1) "
                "started(start_failed: bert listens on port 8080)");
  BOOST_TEST(p.state() == "failed");
}

BOOST_AUTO_TEST_CASE(a_restart_waits_for_its_port_and_never_gives_up) {
  process_life p{restart_policy::always};
  p.run_up();
  p.now += 1s;
  p.ended(process_life::exited(1));
  p.saved(save_purpose::end_of_run);
  for (auto wait : {"1000", "2000", "4000", "8000", "16000", "32000", "60000",
                    "60000", "60000", "60000", "60000", "60000"}) {
    const auto run = std::to_string(p.run());
    BOOST_TEST(p.state() == "starting");
    BOOST_TEST(p.refused_for_now("bert listens on port 8080")
               == "save(end_of_run," + run + ") timer(" + wait + "ms)");
    BOOST_TEST(p.state() == "backoff");
    BOOST_TEST(p.record().reason == "bert listens on port 8080");
    p.saved(save_purpose::end_of_run);
    p.timer();
  }
  // One crash and no start since: neither counts the refusals.
  BOOST_TEST(p.record().quick_failures == 1u);
  BOOST_TEST(p.record().restarts == 1u);
  p.child_made();
  p.live_saved();
  p.child_started();
  BOOST_TEST(p.state() == "running");
  BOOST_TEST(p.record().reason.empty());
}

BOOST_AUTO_TEST_CASE(a_stop_ends_the_wait_for_a_port) {
  process_life p{process_life::found_record(restart_policy::always,
                                            protocol::process_state::backoff),
                 {}};
  p.not_found();
  p.refused_for_now("bert listens on port 8080");
  p.saved(save_purpose::end_of_run);
  p.stop();
  BOOST_TEST(p.state() == "stopped");
  BOOST_TEST(p.timer() == "");
}

BOOST_AUTO_TEST_CASE(a_start_that_fails_before_the_child_exists) {
  process_life p;
  p.start();
  p.start_failed("no keeper");
  BOOST_TEST(p.state() == "failed");
  BOOST_TEST(p.saved(save_purpose::open_gate) == "");
  BOOST_TEST(p.saved(save_purpose::note) == "");
  BOOST_TEST(p.state() == "failed");
}

BOOST_AUTO_TEST_CASE(what_hiisi_cannot_start_now_fails_without_a_policy) {
  process_life p;
  p.start();
  BOOST_TEST(p.impossible("no keeper")
             == "save(note,1) started(start_failed: no keeper)");
  BOOST_TEST(p.state() == "failed");
}

BOOST_AUTO_TEST_CASE(what_hiisi_cannot_start_now_is_told_and_tried_again) {
  process_life p{restart_policy::always};
  p.start();
  BOOST_TEST(p.impossible("no keeper").find("started(start_failed: no keeper)")
             != std::string::npos);
  BOOST_TEST(p.state() == "backoff");
  BOOST_TEST(p.record().quick_failures == 0u);
  BOOST_TEST(p.saved(save_purpose::open_gate) == "");
  BOOST_TEST(p.saved(save_purpose::end_of_run) == "");
  BOOST_TEST(p.timer() == "spawn(2)");
  // However often: it is not the program that fails.
  for (int i = 0; i < 50; ++i) {
    p.impossible("no keeper");
    BOOST_TEST(p.state() == "backoff");
    p.saved(save_purpose::end_of_run);
    p.timer();
  }
  p.child_made();
  p.live_saved();
  p.child_started();
  BOOST_TEST(p.state() == "running");
}

BOOST_AUTO_TEST_CASE(a_failed_process_can_be_started_again) {
  process_life p;
  p.start();
  p.start_failed("no keeper");
  BOOST_TEST(p.start() == "save(open_gate,2) spawn(2)");
  BOOST_TEST(p.record().reason == "");
}

BOOST_AUTO_TEST_CASE(starting_what_runs_is_answered_at_once) {
  process_life p;
  p.run_up();
  BOOST_TEST(p.start() == "started(ok)");
  BOOST_TEST(p.run() == 1u);
}

BOOST_AUTO_TEST_CASE(a_start_during_a_restart_is_answered_by_its_outcome) {
  process_life p{restart_policy::always};
  p.run_up();
  p.ended(process_life::exited(1));
  BOOST_TEST(p.saved(save_purpose::end_of_run) == "acknowledge(1) spawn(2)");
  BOOST_TEST(p.start() == "");
  p.child_made();
  BOOST_TEST(p.live_saved() == "open_gate(2)");
  BOOST_TEST(p.child_started() == "started(ok)");
}

BOOST_AUTO_TEST_CASE(an_end_implies_the_start_whose_news_was_lost) {
  process_life p;
  p.start();
  p.child_made();
  p.saved(save_purpose::open_gate);
  p.live_saved();
  BOOST_TEST(p.ended(process_life::exited(3))
             == "started(ok) save(end_of_run,1)");
  BOOST_TEST(p.state() == "exited");
}

BOOST_AUTO_TEST_CASE(news_of_another_run_is_ignored) {
  using namespace core::event;
  process_life p;
  p.start();
  p.start_failed("no keeper");
  p.start();
  for (uint32_t run : {0u, 1u, 3u}) {
    BOOST_TEST(p.feed(child_made{run, p.facts()}) == "");
    BOOST_TEST(p.feed(live_saved{run}) == "");
    BOOST_TEST(p.feed(child_started{run}) == "");
    BOOST_TEST(p.feed(start_failed{run, "x"}) == "");
    BOOST_TEST(p.feed(child_ended{run, {process_life::exited(0), p.now, true}})
               == "");
    BOOST_TEST(p.saved(save_purpose::open_gate, run) == "");
    BOOST_TEST(p.saved(save_purpose::end_of_run, run) == "");
  }
  BOOST_TEST(p.state() == "starting");
  p.child_made();
  p.saved(save_purpose::open_gate);
  BOOST_TEST(p.live_saved() == "open_gate(2)");
}

BOOST_AUTO_TEST_CASE(news_that_comes_late_changes_nothing) {
  process_life p;
  p.run_up();
  p.ended(process_life::exited(0));
  BOOST_TEST(p.child_made() == "");
  BOOST_TEST(p.live_saved() == "");
  BOOST_TEST(p.child_started() == "");
  BOOST_TEST(p.start_failed("late") == "");
  BOOST_TEST(p.ended(process_life::exited(9)) == "");
  BOOST_TEST(p.state() == "exited");
  BOOST_TEST(p.record().last_exit->value == 0);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
