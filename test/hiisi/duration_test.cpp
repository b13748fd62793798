#include "hiisi/duration.hpp"

#include <boost/test/unit_test.hpp>

using namespace hiisi::cli;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(duration)

BOOST_AUTO_TEST_CASE(two_largest_units_are_shown) {
  BOOST_TEST(describe_duration(42s) == "42s");
  BOOST_TEST(describe_duration(12min + 30s) == "12m 30s");
  BOOST_TEST(describe_duration(2h + 5min + 59s) == "2h 05m");
  BOOST_TEST(describe_duration(76h) == "3d 4h");
  BOOST_TEST(describe_duration(0s) == "0s");
  BOOST_TEST(describe_duration(-5s) == "0s");
  BOOST_TEST(describe_duration(59s + 999ms) == "59s");
  BOOST_TEST(describe_duration(24h * 365 * 100) == "36500d 0h");
}

BOOST_AUTO_TEST_CASE(waits_are_rounded_up) {
  BOOST_TEST(describe_wait(3s + 1ms) == "4 s");
  BOOST_TEST(describe_wait(4s) == "4 s");
  BOOST_TEST(describe_wait(1ms) == "1 s");
  BOOST_TEST(describe_wait(60s) == "1 min");
  BOOST_TEST(describe_wait(65s) == "1 min 5 s");
  BOOST_TEST(describe_wait(-1s) == "0 s");
}

BOOST_AUTO_TEST_CASE(seconds_take_up_to_three_decimals) {
  BOOST_TEST(parse_seconds("--t", "10")->count() == 10000);
  BOOST_TEST(parse_seconds("--t", "0.5")->count() == 500);
  BOOST_TEST(parse_seconds("--t", "0.005")->count() == 5);
  BOOST_TEST(parse_seconds("--t", "86400")->count() == 86400000);
  BOOST_TEST(parse_seconds("--t", "x").failure().message
             == "--t 'x' is not a number of seconds");
}

BOOST_AUTO_TEST_SUITE_END()
