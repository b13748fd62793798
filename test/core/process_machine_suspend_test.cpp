#include "process_life.hpp"

using namespace hiisi;
using core::save_purpose;
using protocol::process_state;
using protocol::restart_policy;
using test::process_life;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(process_machine)

BOOST_AUTO_TEST_SUITE(suspend)

BOOST_AUTO_TEST_CASE(a_shutdown_climbs_the_ladder_and_keeps_the_wish) {
  process_life p{restart_policy::always};
  p.run_up();
  BOOST_TEST(p.suspend() == "save(first_signal,1)");
  BOOST_TEST(p.saved(save_purpose::first_signal)
             == "signal(1,2) timer(5000ms)");
  BOOST_TEST(p.timer() == "signal(1,15) timer(5000ms)");
  BOOST_TEST(p.ended(process_life::killed(15)) == "save(report_stop,1)");
  BOOST_TEST(p.saved(save_purpose::report_stop)
             == "acknowledge(1) stopped(ok)");
  BOOST_TEST(p.state() == "stopped");
  BOOST_TEST(p.record().wanted);
  BOOST_TEST(p.record().reason == "stopped for a shutdown of the host");
}

BOOST_AUTO_TEST_CASE(nothing_is_restarted_during_a_shutdown) {
  process_life p{restart_policy::always};
  p.run_up();
  p.ended(process_life::exited(1));
  BOOST_TEST(p.state() == "backoff");
  BOOST_TEST(p.suspend() == "save(report_stop,1)");
  BOOST_TEST(p.saved(save_purpose::end_of_run) == "acknowledge(1)");
  BOOST_TEST(p.saved(save_purpose::report_stop) == "stopped(ok)");
  BOOST_TEST(p.state() == "stopped");
}

BOOST_AUTO_TEST_CASE(a_child_at_its_gate_is_dropped) {
  process_life p{restart_policy::always};
  p.run_up();
  p.ended(process_life::exited(1));
  p.saved(save_purpose::end_of_run);
  BOOST_TEST(p.suspend() == "kill(2)");
  BOOST_TEST(p.start_failed("called off") == "save(report_stop,2)");
  BOOST_TEST(p.saved(save_purpose::report_stop) == "stopped(ok)");
  BOOST_TEST(p.record().wanted);
}

BOOST_AUTO_TEST_CASE(what_has_ended_stays_as_it_is) {
  process_life p;
  p.run_up();
  p.ended(process_life::exited(0));
  p.saved(save_purpose::end_of_run);
  BOOST_TEST(p.suspend() == "stopped(ok)");
  BOOST_TEST(p.state() == "exited");
}

BOOST_AUTO_TEST_CASE(what_went_down_with_the_host_comes_back_with_it) {
  struct row {
    restart_policy policy;
    bool wanted;
    std::string_view becomes;
  };
  for (const auto& r : std::initializer_list<row>{
           {restart_policy::always, true, "starting"},
           {restart_policy::on_failure, true, "starting"},
           {restart_policy::no, true, "stopped"},
           {restart_policy::always, false, "stopped"},
       }) {
    process_life p{
        process_life::found_record(r.policy, process_state::stopped, r.wanted),
        {}};
    p.not_found(true);
    BOOST_TEST(p.state() == r.becomes);
  }
}

BOOST_AUTO_TEST_CASE(it_comes_back_though_its_acknowledgement_got_lost) {
  process_life p{process_life::found_record(restart_policy::always,
                                            process_state::stopped),
                 {}};
  BOOST_TEST(
      p.found(3, true, core::child_end{process_life::killed(15), p.now, true})
      == "acknowledge(3) spawn(4)");
}

BOOST_AUTO_TEST_CASE(a_lost_keeper_revives_nothing_during_a_shutdown) {
  process_life p{restart_policy::always};
  p.run_up();
  p.suspend();
  p.ended(process_life::exited(0));
  p.saved(save_purpose::report_stop);
  BOOST_TEST(p.not_found() == "");
  BOOST_TEST(p.state() == "stopped");
}

BOOST_AUTO_TEST_CASE(a_start_by_hand_ends_the_shutdown_for_it) {
  process_life p{restart_policy::always};
  p.run_up();
  p.suspend();
  p.ended(process_life::exited(0));
  p.saved(save_purpose::report_stop);
  BOOST_TEST(p.start() == "save(open_gate,2) spawn(2)");
  p.come_up();
  p.now += 1s;
  p.ended(process_life::exited(1));
  BOOST_TEST(p.saved(save_purpose::end_of_run) == "acknowledge(2) spawn(3)");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
