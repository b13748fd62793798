#include "actors/os/boot_id.hpp"
#include "actors/os/clock.hpp"
#include "actors/os/random.hpp"

#include <boost/test/unit_test.hpp>

#include <ctime>
#include <set>

using namespace hiisi::os;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(boot_id)

BOOST_AUTO_TEST_CASE(it_is_a_uuid_and_stays_the_same) {
  auto first = hiisi::os::boot_id();
  BOOST_REQUIRE(first.ok());
  BOOST_TEST(first->size() == 36u);
  BOOST_TEST(first->find_first_not_of("0123456789abcdef-")
             == std::string::npos);
  BOOST_TEST(*hiisi::os::boot_id() == *first);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(clocks)

BOOST_AUTO_TEST_CASE(the_wall_clock_shows_what_time_shows) {
  auto before = std::time(nullptr);
  auto now = std::chrono::floor<std::chrono::seconds>(wall_now());
  // time(2) may be a tick behind.
  BOOST_TEST(now.time_since_epoch().count() >= before);
  BOOST_TEST(now.time_since_epoch().count() <= std::time(nullptr) + 1);
}

BOOST_AUTO_TEST_CASE(the_boot_clock_goes_forward) {
  auto first = boottime();
  BOOST_TEST((first > 0ns));
  BOOST_TEST((boottime() >= first));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(random_seeds)

BOOST_AUTO_TEST_CASE(seeds_differ) {
  std::set<uint64_t> seeds;
  for (int i = 0; i < 100; ++i)
    seeds.insert(random_seed());
  BOOST_TEST(seeds.size() == 100u);
}

BOOST_AUTO_TEST_SUITE_END()
