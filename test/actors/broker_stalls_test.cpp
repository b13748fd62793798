#include "test/support/broker_fixture.hpp"

using namespace hiisi;
using namespace hiisi::actors;
using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_SUITE(broker_stalls, test::broker_fixture)

BOOST_AUTO_TEST_CASE(half_a_frame_is_waited_for_no_longer_than_its_time) {
  begin();
  const auto client = connect(10);
  put(client, frame_of(protocol::version_request{}).substr(0, 9));
  advance(30s);
  BOOST_TEST(!was_cut(10));
  advance(10s);
  BOOST_TEST(was_cut(10));
  BOOST_TEST(closed(client));
}

BOOST_AUTO_TEST_CASE(a_frame_that_becomes_whole_in_time_is_taken) {
  begin();
  const auto client = connect(10);
  const auto bytes = frame_of(protocol::version_request{});
  put(client, bytes.substr(0, 9));
  advance(25s);
  put(client, bytes.substr(9));
  BOOST_TEST(take_answers(client) == "version");
  transferred(client);
  advance(600s, 5s);
  BOOST_TEST(!was_cut(10));
  BOOST_TEST(!has_timers());
}

BOOST_AUTO_TEST_CASE(a_client_that_has_caught_up_is_looked_at_once_and_soon) {
  begin();
  const auto client = connect(10);
  ask(client, protocol::version_request{});
  transferred(client, 50);
  transferred(client, 0);
  BOOST_TEST(has_timers());
  advance(1s);
  BOOST_TEST(!has_timers());
}

BOOST_AUTO_TEST_CASE(half_a_frame_behind_a_whole_one_has_its_time_too) {
  begin();
  const auto client = connect(10);
  const auto bytes = frame_of(protocol::version_request{});
  put(client, bytes + bytes.substr(0, 9));
  BOOST_TEST(take_answers(client) == "version");
  transferred(client);
  advance(45s);
  BOOST_TEST(was_cut(10));
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_not_taken_has_its_time_too) {
  begin();
  const auto client = connect(10);
  ask(client, protocol::version_request{});
  transferred(client, 50);
  advance(25s);
  transferred(client, 20);
  advance(25s);
  BOOST_TEST(!was_cut(10));
  advance(20s);
  BOOST_TEST(was_cut(10));
}

BOOST_AUTO_TEST_CASE(who_takes_nothing_at_all_is_dropped_too) {
  begin();
  const auto client = connect(10);
  ask(client, protocol::version_request{});
  ask(client, protocol::version_request{});
  // Of the kernel's buffer that was full nothing is heard.
  advance(25s);
  BOOST_TEST(!was_cut(10));
  advance(20s);
  BOOST_TEST(was_cut(10));
}

BOOST_AUTO_TEST_CASE(who_waits_for_a_slow_answer_is_not_dropped) {
  begin();
  const auto client = connect(10);
  ask(client, protocol::stop_request{1u});
  advance(3600s, 5s);
  BOOST_TEST(!was_cut(10));
  answer_last(1);
  BOOST_TEST(take_answers(client) == "started 1");
}

BOOST_AUTO_TEST_CASE(an_idle_client_costs_no_timer) {
  begin();
  const auto client = connect(10);
  ask(client, protocol::version_request{});
  transferred(client);
  BOOST_TEST(!has_timers());
}

BOOST_AUTO_TEST_SUITE_END()
