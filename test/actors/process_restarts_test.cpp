#include "test/support/process_fixture.hpp"

using namespace hiisi;
using namespace hiisi::actors;
using namespace std::chrono_literals;
using keeper_wire::phase;
using protocol::process_state;
using protocol::restart_policy;
using test::crashed;

BOOST_FIXTURE_TEST_SUITE(process_restarts, test::process_fixture)

// -- the ladder ---------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_whole_ladder_takes_ten_seconds) {
  come_up(restart_policy::always);
  have(operation_kind::stop);
  BOOST_TEST(keeper.take_orders() == "signal2 7/1");
  advance(4900ms);
  BOOST_TEST(keeper.take_orders() == "");
  advance(100ms);
  BOOST_TEST(keeper.take_orders() == "signal15 7/1");
  advance(4900ms);
  BOOST_TEST(keeper.take_orders() == "");
  BOOST_TEST(state() == "stopping");
  advance(100ms);
  BOOST_TEST(keeper.take_orders() == "kill 7/1, acknowledge 7/1");
  BOOST_TEST(outcomes() == "1: ok, 2: ok");
  BOOST_TEST(state() == "stopped");
  BOOST_TEST(!store.last_record().wanted);
}

BOOST_AUTO_TEST_CASE(what_obeys_the_first_signal_gets_no_other) {
  come_up(restart_policy::always);
  keeper.obeys_signals = true;
  have(operation_kind::stop);
  BOOST_TEST(keeper.take_orders() == "signal2 7/1, acknowledge 7/1");
  BOOST_TEST(outcomes() == "1: ok, 2: ok");
  advance(60s, 1s);
  BOOST_TEST(keeper.take_orders() == "");
}

BOOST_AUTO_TEST_CASE(what_not_even_a_kill_ends_is_reported_and_killed_again) {
  come_up(restart_policy::no);
  keeper.ignores_kill = true;
  have(operation_kind::stop);
  advance(14'900ms);
  BOOST_TEST(outcomes() == "1: ok");
  advance(100ms);
  BOOST_TEST(outcomes() == "1: ok, 2: still not gone after SIGKILL");
  BOOST_TEST(keeper.take_orders()
             == "signal2 7/1, signal15 7/1, kill 7/1, kill 7/1");
  advance(10s);
  BOOST_TEST(keeper.take_orders() == "kill 7/1");
  end(9);
  BOOST_TEST(state() == "stopped");
}

// -- restarts -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_first_restart_comes_at_once_and_the_next_wait) {
  come_up(restart_policy::always);
  end(crashed);
  BOOST_TEST(keeper.take_orders() == "acknowledge 7/1, spawn 7/2, release 7/2");
  BOOST_TEST(state() == "running");
  end(crashed);
  BOOST_TEST(state() == "backoff");
  advance(800ms);
  BOOST_TEST(keeper.take_orders() == "acknowledge 7/2");
  advance(400ms);
  BOOST_TEST(keeper.take_orders() == "spawn 7/3, release 7/3");
  end(crashed);
  advance(1700ms);
  BOOST_TEST(keeper.take_orders() == "acknowledge 7/3");
  advance(600ms);
  BOOST_TEST(keeper.take_orders() == "spawn 7/4, release 7/4");
  BOOST_TEST(seen().record.restarts == 3u);
}

BOOST_AUTO_TEST_CASE(ten_quick_crashes_are_given_up) {
  come_up(restart_policy::on_failure);
  for (int i = 0; i < 9; ++i) {
    end(crashed);
    advance(67s, 500ms);
    BOOST_TEST_REQUIRE(state() == "running");
  }
  end(crashed);
  BOOST_TEST(state() == "failed");
  keeper.take_orders();
  advance(120s, 1s);
  BOOST_TEST(keeper.take_orders() == "");
  BOOST_TEST(seen().record.reason
             == "ended 10 times in a row, each within 30 s of its start");
  have(operation_kind::start);
  BOOST_TEST(state() == "running");
  BOOST_TEST(seen().record.restarts == 0u);
}

BOOST_AUTO_TEST_CASE(a_plain_run_is_not_restarted) {
  come_up(restart_policy::no);
  end(crashed);
  BOOST_TEST(state() == "exited");
  BOOST_TEST(seen().record.last_exit->value == 1);
  BOOST_TEST((store.last_record().state == process_state::exited));
  advance(60s, 1s);
  BOOST_TEST(keeper.take_orders() == "acknowledge 7/1");
}

BOOST_AUTO_TEST_CASE(a_stop_during_backoff_is_for_good) {
  come_up(restart_policy::always);
  end(crashed);
  end(crashed);
  BOOST_TEST(state() == "backoff");
  keeper.take_orders();
  have(operation_kind::stop);
  BOOST_TEST(outcomes() == "1: ok, 2: ok");
  advance(60s, 1s);
  BOOST_TEST(keeper.take_orders() == "");
  BOOST_TEST(state() == "stopped");
}

BOOST_AUTO_TEST_CASE(a_stop_during_a_restart_drops_the_child_at_its_gate) {
  come_up(restart_policy::always);
  store.holding = true;
  end(crashed);
  store.answer_all();
  run();
  BOOST_TEST(keeper.take_orders() == "acknowledge 7/1, spawn 7/2");
  have(operation_kind::stop);
  BOOST_TEST(keeper.take_orders() == "kill 7/2");
  store.holding = false;
  store.answer_all();
  run();
  BOOST_TEST(keeper.take_orders() == "");
  BOOST_TEST(outcomes() == "1: ok, 2: ok");
  BOOST_TEST(state() == "stopped");
}

BOOST_AUTO_TEST_CASE(a_stop_after_the_gate_has_opened_climbs_the_ladder) {
  come_up(restart_policy::always);
  keeper.slow = true;
  end(crashed);
  BOOST_TEST(keeper.take_orders() == "acknowledge 7/1, spawn 7/2, release 7/2");
  have(operation_kind::stop);
  BOOST_TEST(keeper.take_orders() == "");
  keeper.say(id, child_news::started, 2);
  run();
  BOOST_TEST(keeper.take_orders() == "signal2 7/2");
  end(2);
  BOOST_TEST(outcomes() == "1: ok, 2: ok");
}

BOOST_AUTO_TEST_CASE(what_a_crash_left_behind_is_cleared_away_first) {
  come_up(restart_policy::always);
  end(crashed, 1s, false);
  BOOST_TEST(keeper.take_orders() == "signal2 7/1");
  keeper_wire::message m;
  m.status = crashed;
  m.how_far = phase::empty;
  keeper.processes.erase(id);
  keeper.say(id, child_news::emptied, 1, m);
  run();
  BOOST_TEST(keeper.take_orders() == "acknowledge 7/1, spawn 7/2, release 7/2");
}

BOOST_AUTO_TEST_CASE(what_daemonises_itself_runs_on) {
  come_up(restart_policy::on_failure);
  end(0, 1s, false);
  BOOST_TEST(state() == "running");
  BOOST_TEST(seen().child.pid == 0);
  advance(60s, 1s);
  BOOST_TEST(keeper.take_orders() == "");
}

BOOST_AUTO_TEST_SUITE_END()
