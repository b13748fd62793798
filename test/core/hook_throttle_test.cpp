#include "actors/core/hook_throttle.hpp"

#include <boost/test/unit_test.hpp>

#include <tuple>

using hiisi::core::hook_throttle;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(hook_throttles)

BOOST_AUTO_TEST_CASE(the_first_event_is_due_at_once) {
  hook_throttle t;
  BOOST_TEST(!t.due_in(5s));
  t.add("one");
  BOOST_TEST((t.due_in(5s) == 0s));
  BOOST_TEST(t.begin(5s) == "one\n");
  BOOST_TEST(!t.due_in(6s));
}

BOOST_AUTO_TEST_CASE(what_comes_while_it_runs_is_the_next_runs_input) {
  hook_throttle t;
  t.add("one");
  std::ignore = t.begin(5s);
  t.add("two");
  t.add("three");
  BOOST_TEST(!t.due_in(20s));
  t.end();
  BOOST_TEST((t.due_in(20s) == 0s));
  BOOST_TEST(t.begin(20s) == "two\nthree\n");
  t.end();
  BOOST_TEST(!t.due_in(30s));
}

BOOST_AUTO_TEST_CASE(starts_are_a_second_apart) {
  hook_throttle t;
  t.add("one");
  std::ignore = t.begin(5s);
  t.end();
  t.add("two");
  BOOST_TEST((t.due_in(5200ms) == 800ms));
  BOOST_TEST((t.due_in(6s) == 0s));
}

BOOST_AUTO_TEST_CASE(no_more_wait_than_are_kept_and_the_oldest_go) {
  hiisi::core::hook_settings settings;
  settings.waiting_events = 2;
  hook_throttle t{settings};
  for (const auto* event : {"one", "two", "three"})
    t.add(event);
  BOOST_TEST(t.left_out() == 1u);
  BOOST_TEST(t.begin(0s) == "two\nthree\n");
}

BOOST_AUTO_TEST_CASE(no_more_bytes_wait_than_a_text_may_have) {
  hiisi::core::hook_settings settings;
  settings.waiting_bytes = 10;
  hook_throttle t{settings};
  t.add("12345");
  t.add("1234");
  BOOST_TEST(t.left_out() == 1u);
  t.add("123");
  BOOST_TEST(t.left_out() == 1u);
  BOOST_TEST(t.begin(0s) == "1234\n123\n");
  t.end();
  t.add("12345678901");
  BOOST_TEST(!t.due_in(9s));
  BOOST_TEST(t.left_out() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
