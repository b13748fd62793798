#include "actors/os/port_facts.hpp"

#include <boost/test/unit_test.hpp>

using namespace hiisi::os;
using hiisi::core::port_range;
using hiisi::protocol::errc;

BOOST_AUTO_TEST_SUITE(port_facts)

BOOST_AUTO_TEST_CASE(the_ephemeral_range_is_read) {
  auto range = ephemeral_ports();
  BOOST_REQUIRE(range.ok());
  BOOST_TEST(range->first < range->last);
  BOOST_TEST(reserved_ports().ok());
}

BOOST_AUTO_TEST_CASE(ports_and_ranges_are_read) {
  auto ranges = parse_port_ranges("8080,9148-9150,1-1\n");
  BOOST_REQUIRE(ranges.ok());
  std::vector<port_range> expected{{8080, 8080}, {9148, 9150}, {1, 1}};
  BOOST_TEST((*ranges == expected));
  BOOST_TEST(parse_port_ranges("\n")->empty());
  BOOST_TEST(parse_port_ranges("")->empty());
}

BOOST_AUTO_TEST_CASE(what_is_no_list_of_ports_is_refused) {
  for (const auto* text : {"x", "8080,", ",8080", "9-8", "1-", "-1", "65536",
                           "8080 9090", "1-2-3", "8080,,9090"})
    BOOST_TEST(
        (parse_port_ranges(text).failure().code == errc::invalid_argument));
}

BOOST_AUTO_TEST_SUITE_END()
