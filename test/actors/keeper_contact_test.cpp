#include "test/support/keeper_link_fixture.hpp"

using namespace hiisi;
using namespace hiisi::actors;
using namespace std::chrono_literals;
namespace wire = keeper_wire;

BOOST_FIXTURE_TEST_SUITE(keeper_contact, test::keeper_link_fixture)

BOOST_AUTO_TEST_CASE(a_lost_keeper_is_dialled_at_once_and_everything_compared) {
  begin();
  watch(3, false);
  watch(4, false);
  greet();
  say(slot(3, 5, wire::phase::running));
  watcher.forget();
  lose();
  BOOST_TEST(!connections[0]->open);
  BOOST_TEST_REQUIRE(connections.size() == 2u);
  BOOST_TEST(sent() == "1:0/0");
  // What it held before says nothing of what it holds now.
  BOOST_TEST(watcher.empty());
  tell(link, spawn(3, 6));
  BOOST_TEST(watcher.count<spawn_impossible>() == 1u);
  greet({slot(4, 2, wire::phase::running)});
  auto told = watcher.all<reconcile>();
  BOOST_TEST_REQUIRE(told.size() == 2u);
  BOOST_TEST((told[0].slot.has_value() != told[1].slot.has_value()));
  BOOST_TEST(ready == 1);
  BOOST_TEST(warnings.size() == 1u);
}

BOOST_AUTO_TEST_CASE(waits_between_dials_grow_up_to_a_second) {
  begin();
  greet();
  reachable = false;
  lose();
  std::vector<int> at;
  for (int ms = 0; ms < 6000; ms += 10) {
    if (dialled > static_cast<int>(at.size()) + 1)
      at.push_back(ms);
    advance(10ms, 10ms);
  }
  const std::vector<int> expected{0,    20,   60,   140,  300, 620,
                                  1260, 2260, 3260, 4260, 5260};
  BOOST_TEST(at == expected, boost::test_tools::per_element());
  reachable = true;
  advance(1s, 10ms);
  BOOST_TEST(connections.size() == 2u);
  greet();
  lose();
  BOOST_TEST(connections.size() == 3u);
}

BOOST_AUTO_TEST_CASE(an_unreachable_keeper_is_told_of_once) {
  reachable = false;
  begin();
  advance(60s);
  BOOST_TEST(warnings.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_keeper_that_hangs_up_at_once_is_not_dialled_in_a_spin) {
  begin();
  for (int i = 0; i < 1000; ++i) {
    lose();
    advance(10ms, 10ms);
  }
  BOOST_TEST(dialled < 30);
}

BOOST_AUTO_TEST_CASE(what_an_old_connection_says_is_ignored) {
  begin();
  watch(3, false);
  greet();
  lose();
  greet();
  watcher.forget();
  tell(link, keeper_said{1, slot(3, 1, wire::phase::empty)});
  tell(link, keeper_lost{1});
  BOOST_TEST(watcher.empty());
  BOOST_TEST(connections.size() == 2u);
  BOOST_TEST(connections[1]->open);
}

BOOST_AUTO_TEST_CASE(a_strangers_slot_is_forgotten_with_its_connection) {
  begin();
  greet({slot(9, 1, wire::phase::running)});
  lose();
  warnings.clear();
  greet();
  advance(10s);
  BOOST_TEST(warnings.empty());
}

BOOST_AUTO_TEST_CASE(it_sleeps_while_nothing_happens) {
  begin();
  greet();
  BOOST_TEST(!has_timers());
}

BOOST_AUTO_TEST_SUITE_END()
