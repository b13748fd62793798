#include "hiisi/point_in_time.hpp"
#include "protocol/rfc3339.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <ctime>

using namespace hiisi;
using namespace std::chrono_literals;

namespace {

/// A time zone two hours east of Greenwich, three in summer.
struct in_helsinki {
  in_helsinki() {
    ::setenv("TZ", "EET-2EEST,M3.5.0/3,M10.5.0/4", 1);
    ::tzset();
  }
  ~in_helsinki() {
    ::unsetenv("TZ");
    ::tzset();
  }
};

const auto now = *protocol::parse_rfc3339("2026-11-25T03:12:00Z");

std::string since(std::string_view word) {
  const auto when = cli::parse_since(word, now);
  return when ? protocol::format_rfc3339(*when).substr(0, 19)
              : when.failure().message;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(points_in_time, in_helsinki)

BOOST_AUTO_TEST_CASE(so_long_ago) {
  BOOST_TEST(since("30s") == "2026-11-25T03:11:30");
  BOOST_TEST(since("10m") == "2026-11-25T03:02:00");
  BOOST_TEST(since("2h") == "2026-11-25T01:12:00");
  BOOST_TEST(since("3d") == "2026-11-22T03:12:00");
  BOOST_TEST(since("0s") == "2026-11-25T03:12:00");
}

BOOST_AUTO_TEST_CASE(a_date_and_a_time_are_the_callers) {
  BOOST_TEST(since("2026-11-25") == "2026-11-24T22:00:00");
  BOOST_TEST(since("2026-11-25 03:12") == "2026-11-25T01:12:00");
  BOOST_TEST(since("2026-11-25 03:12:05") == "2026-11-25T01:12:05");
  BOOST_TEST(since("2026-11-25T03:12") == "2026-11-25T01:12:00");
  BOOST_TEST(since("2026-07-01 12:00") == "2026-07-01T09:00:00");
}

BOOST_AUTO_TEST_CASE(a_time_with_a_zone_is_that_zones) {
  BOOST_TEST(since("2026-11-25T03:12:00Z") == "2026-11-25T03:12:00");
  BOOST_TEST(since("2026-11-25T03:12:00+01:00") == "2026-11-25T02:12:00");
}

BOOST_AUTO_TEST_CASE(what_is_no_time_is_refused) {
  for (const auto* word :
       {"", "m", "10", "10x", "-5m", "1.5h", "yesterday", "2026-13-01",
        "2026-02-30", "2026-11-25 25:00", "2026-11-25 03:12 x", "99999999999d",
        "99999999999999999999s"})
    BOOST_TEST(since(word).starts_with("--since"), word);
}

BOOST_AUTO_TEST_SUITE_END()
