#include "actors/core/port_allocator.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>

using namespace hiisi::core;
using hiisi::protocol::errc;

namespace {

/// Seeds, so that a failure can be had again.
constexpr uint64_t seeds = 40;

} // namespace

BOOST_AUTO_TEST_SUITE(port_allocator)

BOOST_AUTO_TEST_CASE(a_chosen_port_is_in_the_range_and_not_skipped) {
  for (uint64_t seed = 0; seed < seeds; ++seed) {
    auto random = seeded_random(seed);
    port_range within{static_cast<uint16_t>(1024 + random(30000)),
                      static_cast<uint16_t>(40000 + random(25536))};
    port_set skipped;
    for (int i = 0; i < 20000; ++i)
      skipped.add(static_cast<uint16_t>(random(65536)));
    skipped.add(browser_refused_ports());
    for (int i = 0; i < 20; ++i) {
      auto chosen = choose_port(within, skipped, random);
      BOOST_REQUIRE(chosen.ok());
      BOOST_TEST(within.contains(*chosen), "seed " << seed);
      BOOST_TEST(!skipped.contains(*chosen), "seed " << seed);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_range_is_given_out_to_the_last_port_and_no_further) {
  for (uint64_t seed = 0; seed < seeds; ++seed) {
    auto random = seeded_random(seed);
    port_range within{65500, 65535};
    port_set taken;
    for (int i = 0; i < 36; ++i) {
      auto chosen = choose_port(within, taken, random);
      BOOST_REQUIRE(chosen.ok());
      BOOST_REQUIRE(!taken.contains(*chosen));
      taken.add(*chosen);
    }
    auto none = choose_port(within, taken, random);
    BOOST_REQUIRE(!none.ok());
    BOOST_TEST((none.failure().code == errc::limit_exceeded));
    BOOST_TEST(none.failure().message == "no port from 65500 to 65535 is free");
  }
}

BOOST_AUTO_TEST_CASE(chance_is_asked_once_for_a_number_below_the_free_ports) {
  port_set skipped;
  skipped.add(port_range{2001, 2998});
  std::vector<uint64_t> asked;
  auto last = [&asked](uint64_t bound) {
    asked.push_back(bound);
    return bound - 1;
  };
  // Two free ports at the ends of a thousand: no retrying.
  BOOST_TEST(*choose_port({2000, 2999}, skipped, last) == 2999);
  BOOST_TEST(*choose_port({2000, 2999}, skipped, [](uint64_t) {
    return uint64_t{0};
  }) == 2000);
  BOOST_TEST(asked == std::vector<uint64_t>{2},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(every_free_port_is_as_likely) {
  port_set skipped;
  skipped.add(port_range{3002, 3091});
  auto random = seeded_random(7);
  std::map<uint16_t, int> counts;
  constexpr int draws = 10000;
  for (int i = 0; i < draws; ++i)
    ++counts[*choose_port({3000, 3099}, skipped, random)];
  BOOST_TEST(counts.size() == 10u);
  double chi_square = 0;
  for (const auto& [port, count] : counts) {
    auto off = count - draws / 10.0;
    chi_square += off * off / (draws / 10.0);
  }
  // Nine degrees of freedom: 27.9 is exceeded once in a thousand.
  BOOST_TEST(chi_square < 27.9);
}

BOOST_AUTO_TEST_CASE(an_empty_range_has_no_port) {
  BOOST_TEST(!choose_port({3000, 2999}, {}, seeded_random(1)).ok());
  BOOST_TEST(!next_free_port(2000, {3000, 2999}, {}).has_value());
}

BOOST_AUTO_TEST_CASE(what_browsers_refuse_is_sorted_and_within_users_ports) {
  auto refused = browser_refused_ports();
  BOOST_TEST(std::is_sorted(refused.begin(), refused.end()));
  BOOST_TEST(refused.front() >= hiisi::protocol::min_port);
  for (uint16_t port :
       std::initializer_list<uint16_t>{2049, 5060, 6000, 6667, 10080})
    BOOST_TEST(std::binary_search(refused.begin(), refused.end(), port));
  for (uint16_t port : std::initializer_list<uint16_t>{3000, 8000, 8080, 8443})
    BOOST_TEST(!std::binary_search(refused.begin(), refused.end(), port));
}

BOOST_AUTO_TEST_CASE(the_next_free_port_is_the_nearest_above_or_the_lowest) {
  port_set taken;
  taken.add(port_range{8081, 8083});
  taken.add(uint16_t{8090});
  BOOST_TEST(next_free_port(8080, {8080, 8090}, taken).value() == 8084);
  BOOST_TEST(next_free_port(8089, {8080, 8090}, taken).value() == 8080);
  BOOST_TEST(next_free_port(100, {8081, 8090}, taken).value() == 8084);
  BOOST_TEST(next_free_port(65535, {}, taken).value() == 1024);
  taken.add(port_range{0, 65535});
  BOOST_TEST(!next_free_port(8080, {}, taken).has_value());
}

BOOST_AUTO_TEST_CASE(a_set_takes_ports_ranges_and_lists) {
  port_set set;
  set.add(port_range{65530, 65535});
  set.add(uint16_t{1});
  set.add(browser_refused_ports());
  BOOST_TEST(set.size() == 6 + 1 + browser_refused_ports().size());
  set.add(port_range{10, 9});
  BOOST_TEST(!set.contains(10));
  BOOST_TEST(set.contains(65535));
}

BOOST_AUTO_TEST_CASE(a_set_agrees_with_a_list_of_all_ports) {
  auto dice = seeded_random(7);
  for (int round = 0; round < 30; ++round) {
    port_set set;
    std::vector<bool> all(65536, false);
    for (int i = 0; i < 20; ++i) {
      const auto first = static_cast<uint16_t>(dice(65536));
      const auto last = static_cast<uint16_t>(
          std::min<uint64_t>(65535, first + dice(i % 2 == 0 ? 3 : 3000)));
      set.add(port_range{first, last});
      std::fill(all.begin() + first, all.begin() + last + 1, true);
    }
    if (round % 3 == 0) {
      port_set others;
      others.add_all_but(std::vector{port_range{100, 60000}});
      set.add(others);
      std::fill(all.begin(), all.begin() + 100, true);
      std::fill(all.begin() + 60001, all.end(), true);
    }
    BOOST_TEST(set.size() == size_t(std::count(all.begin(), all.end(), true)));
    uint32_t in = 65536;
    uint32_t out = 65536;
    BOOST_TEST(set.next_in(65536) == in);
    BOOST_TEST(set.next_out(65536) == out);
    for (uint32_t port = 65536; port-- > 0;) {
      (all[port] ? in : out) = port;
      if (set.contains(uint16_t(port)) != all[port] || set.next_in(port) != in
          || set.next_out(port) != out)
        BOOST_TEST_REQUIRE(false, "at port " << port);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
