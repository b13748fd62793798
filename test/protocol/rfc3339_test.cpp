#include "protocol/rfc3339.hpp"
#include "test/protocol/samples.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>
#include <random>

using namespace hiisi::protocol;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(rfc3339)

BOOST_AUTO_TEST_CASE(times_are_written_with_nine_decimals) {
  BOOST_TEST(format_rfc3339(hiisi::test::sample_time())
             == "2024-11-30T18:41:08.123456789Z");
  BOOST_TEST(format_rfc3339(wall_time{}) == "1970-01-01T00:00:00.000000000Z");
  BOOST_TEST(format_rfc3339(wall_time{-1ns})
             == "1969-12-31T23:59:59.999999999Z");
}

BOOST_AUTO_TEST_CASE(what_is_written_is_read_back) {
  std::mt19937_64 random{7};
  for (int i = 0; i < 2000; ++i) {
    wall_time when{std::chrono::nanoseconds{static_cast<int64_t>(random() / 4)
                                            * (i % 2 ? 1 : -1)}};
    BOOST_REQUIRE((parse_rfc3339(format_rfc3339(when)) == when));
  }
}

BOOST_AUTO_TEST_CASE(other_forms_of_a_time_are_read) {
  auto whole = hiisi::test::sample_time() - 123456789ns;
  for (auto text :
       {"2024-11-30T18:41:08Z", "2024-11-30t18:41:08z", "2024-11-30 18:41:08Z",
        "2024-11-30T18:41:08.0+00:00", "2024-11-30T20:41:08+02:00",
        "2024-11-30T13:11:08-05:30", "2024-12-01T00:11:08+05:30"})
    BOOST_TEST((parse_rfc3339(text) == whole), text);
  BOOST_TEST((parse_rfc3339("2024-11-30T18:41:08.5Z") == whole + 500ms));
  BOOST_TEST((parse_rfc3339("2024-11-30T18:41:08.1234567899Z")
              == whole + 123456789ns));
  BOOST_TEST((parse_rfc3339("2016-12-31T23:59:60Z")
              == parse_rfc3339("2017-01-01T00:00:00Z")));
}

BOOST_AUTO_TEST_CASE(what_is_no_time_is_refused) {
  for (auto text :
       {"", "now", "2024-11-30", "2024-11-30T18:41:08", "2024-11-31T00:00:00Z",
        "2023-02-29T00:00:00Z", "2024-13-01T00:00:00Z", "2024-11-30T24:00:00Z",
        "2024-11-30T18:60:00Z", "2024-11-30T18:41:61Z", "2024-11-30T18:41:08.Z",
        "2024-11-30T18:41:08Zx", "2024-11-30T18:41:08+24:00",
        "2024-11-30T18:41:08+0200", "+024-11-30T18:41:08Z",
        "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"})
    BOOST_TEST(!parse_rfc3339(text), text);
}

BOOST_AUTO_TEST_SUITE_END()
