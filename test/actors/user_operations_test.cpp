#include "test/support/supervisor_fixture.hpp"

using namespace hiisi;
using namespace hiisi::actors;
using namespace std::chrono_literals;
using protocol::errc;
using protocol::process_state;
using protocol::restart_policy;

BOOST_FIXTURE_TEST_SUITE(user_operations, test::supervisor_fixture)

// -- operations ---------------------------------------------------------------

BOOST_AUTO_TEST_CASE(each_operation_has_its_answer) {
  keeper.obeys_signals = true;
  start(1);
  ask(protocol::stop_request{1u});
  answer_as<protocol::process_stopped>();
  ask(protocol::start_request{"web"});
  BOOST_TEST(answer_as<protocol::process_started>().id == 1u);
  ask(protocol::restart_request{1u});
  BOOST_TEST(answer_as<protocol::process_started>().name == "web");
  ask(protocol::remove_request{"web"});
  answer_as<protocol::process_removed>();
  BOOST_TEST(status().empty());
  BOOST_TEST(host.only<id_released>().id == 1u);
}

BOOST_AUTO_TEST_CASE(a_stop_that_climbs_is_answered_when_it_is_done) {
  start(1);
  const auto stop = ask(protocol::stop_request{1u});
  start(2, command("./other"));
  answer_as<protocol::process_started>();
  BOOST_TEST(!answered(stop));
  advance(10s);
  BOOST_TEST(answered(stop));
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_not_found) {
  start(1);
  for (const protocol::target& what :
       std::initializer_list<protocol::target>{2u, "nothing"}) {
    for (const protocol::command& command :
         std::initializer_list<protocol::command>{
             protocol::stop_request{what}, protocol::start_request{what},
             protocol::restart_request{what}, protocol::remove_request{what},
             protocol::status_request{what, false},
             protocol::logs_request{what}}) {
      ask(command);
      BOOST_TEST((answer_as<protocol::error>().code == errc::not_found));
    }
  }
  ask(protocol::stop_request{"nothing"});
  BOOST_TEST(answer_as<protocol::error>().message
             == "no process named nothing");
  ask(protocol::stop_request{2u});
  BOOST_TEST(answer_as<protocol::error>().message == "no process 2");
}

BOOST_AUTO_TEST_CASE(strangers_may_not_touch_what_they_may_see) {
  start(1);
  for (const protocol::command& command :
       std::initializer_list<protocol::command>{
           protocol::stop_request{1u}, protocol::start_request{1u},
           protocol::restart_request{1u}, protocol::remove_request{1u},
           protocol::logs_request{1u}}) {
    ask(command, test::bob);
    const auto refused = answer_as<protocol::error>();
    BOOST_TEST((refused.code == errc::not_permitted));
    BOOST_TEST(refused.message == "process 1 belongs to alice");
  }
  BOOST_TEST(keeper.take_orders() == "spawn 1/1, release 1/1");
}

BOOST_AUTO_TEST_CASE(administrators_may_do_what_the_owner_may) {
  keeper.obeys_signals = true;
  for (const auto& who : {test::root, test::admin}) {
    start(1);
    ask(protocol::stop_request{1u}, who);
    answer_as<protocol::process_stopped>();
    ask(protocol::logs_request{1u}, who);
    BOOST_TEST(answer_as<protocol::log_paths>().standard_output.starts_with(
        "/home/alice/"));
    ask(protocol::remove_request{1u}, who);
    answer_as<protocol::process_removed>();
  }
}

BOOST_AUTO_TEST_CASE(what_waits_for_a_removed_process_is_told) {
  start(1);
  ask(protocol::remove_request{1u});
  const auto late = ask(protocol::start_request{1u});
  advance(10s);
  BOOST_TEST((answer_as<protocol::error>().code == errc::not_found));
  BOOST_TEST(answered(late));
}

// -- finished runs ------------------------------------------------------------

BOOST_AUTO_TEST_CASE(only_so_many_finished_runs_are_kept) {
  begin({{}, 2});
  for (uint32_t id = 1; id <= 5; ++id) {
    start(id);
    keeper.end(id, 0);
    run();
  }
  // Not while others may be waiting for what they have stopped.
  BOOST_TEST(store.actor().count<remove_record>() == 0u);
  advance(1s);
  const auto list = status();
  BOOST_TEST_REQUIRE(list.size() == 2u);
  BOOST_TEST(list[0].id == 4u);
  BOOST_TEST(list[1].id == 5u);
  BOOST_TEST(store.actor().count<remove_record>() == 3u);
  BOOST_TEST(host.count<id_released>() == 3u);
}

BOOST_AUTO_TEST_CASE(how_many_are_kept_can_be_changed) {
  for (uint32_t id = 1; id <= 3; ++id) {
    start(id);
    keeper.end(id, 0);
    run();
  }
  BOOST_TEST(status().size() == 3u);
  tell(supervisor, reconfigure{{}, 1});
  start(4);
  keeper.end(4, 0);
  run();
  advance(1s);
  BOOST_TEST(names() == "web-4");
}

BOOST_AUTO_TEST_CASE(what_runs_or_has_a_policy_is_kept) {
  begin({{}, 0});
  auto kept = command("./kept");
  kept.restart = restart_policy::on_failure;
  start(1, kept);
  keeper.end(1, 0);
  run();
  start(2, command("./running"));
  start(3, command("./gone"));
  keeper.end(3, 0);
  run();
  advance(1s);
  BOOST_TEST(names() == "kept running");
}

// -- shutdown -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_shutdown_is_over_when_everything_has_ended) {
  auto what = command();
  what.restart = restart_policy::always;
  start(1, what);
  start(2, command("./other"));
  tell(supervisor, suspend_all{});
  keeper.end(2, 2);
  run();
  BOOST_TEST(host.count<suspended>() == 0u);
  advance(10s);
  BOOST_TEST(host.only<suspended>().uid == 1000u);
  for (const auto& row : status())
    BOOST_TEST((row.state == process_state::stopped));
  BOOST_TEST(store.last_record().wanted);
}

BOOST_AUTO_TEST_CASE(a_shutdown_of_nothing_is_over_at_once) {
  tell(supervisor, suspend_all{});
  BOOST_TEST(host.count<suspended>() == 1u);
}

BOOST_AUTO_TEST_CASE(a_second_shutdown_waits_for_the_same) {
  start(1);
  start(2, command("./other"));
  tell(supervisor, suspend_all{});
  tell(supervisor, suspend_all{});
  keeper.end(1, 2);
  run();
  BOOST_TEST(host.count<suspended>() == 0u);
  keeper.end(2, 2);
  run();
  BOOST_TEST(host.count<suspended>() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
