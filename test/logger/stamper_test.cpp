#include "logger/stamper.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>

using namespace hiisi::logger;

namespace {

/// 2026-11-25T02:12:05.123456789Z.
constexpr timespec then{1'795'572'725, 123'456'789};

struct in_zone {
  explicit in_zone(const char* zone) {
    ::setenv("TZ", zone, 1);
    ::tzset();
  }
  ~in_zone() {
    ::unsetenv("TZ");
    ::tzset();
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(stamping)

BOOST_AUTO_TEST_CASE(a_stamp_has_milliseconds_and_the_zone) {
  {
    const in_zone here{"UTC0"};
    BOOST_TEST(stamp_of(then) == "2026-11-25T02:12:05.123+00:00");
  }
  {
    const in_zone here{"CET-1"};
    BOOST_TEST(stamp_of(then) == "2026-11-25T03:12:05.123+01:00");
  }
  {
    const in_zone here{"NST3:30"};
    BOOST_TEST(stamp_of(then) == "2026-11-24T22:42:05.123-03:30");
  }
}

BOOST_AUTO_TEST_CASE(each_line_begins_with_one) {
  const in_zone here{"UTC0"};
  const auto head = stamp_of(then) + " ";
  stamper lines;
  BOOST_TEST(lines.stamp("one\ntwo\n", then)
             == head + "one\n" + head + "two\n");
  BOOST_TEST(!lines.within_line());
  BOOST_TEST(lines.stamp("\n", then) == head + "\n");
  BOOST_TEST(lines.stamp("", then) == "");
}

BOOST_AUTO_TEST_CASE(a_part_of_a_line_goes_out_at_once_and_is_gone_on_with) {
  const in_zone here{"UTC0"};
  const auto head = stamp_of(then) + " ";
  stamper lines;
  BOOST_TEST(lines.stamp("Pass", then) == head + "Pass");
  BOOST_TEST(lines.within_line());
  BOOST_TEST(lines.stamp("word", {then.tv_sec + 1, 0}) == "word");
  BOOST_TEST(lines.stamp(": \nnext", then) == ": \n" + head + "next");
}

BOOST_AUTO_TEST_SUITE_END()
