#include "test/support/keeper_link_fixture.hpp"

using namespace hiisi;
using namespace hiisi::actors;
using namespace std::chrono_literals;
namespace wire = keeper_wire;

namespace {

struct farewells_fixture : test::keeper_link_fixture {
  farewells_fixture() {
    begin();
    greet();
    connections.back()->got.clear();
  }

  void acknowledge(uint32_t id, uint32_t run = 1) {
    tell(link, command_child{message(wire::kind::acknowledge, id, run)});
  }
  std::string taken() {
    auto text = sent();
    connections.back()->got.clear();
    return text;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(keeper_farewells, farewells_fixture)

BOOST_AUTO_TEST_CASE(they_wait_until_a_storm_is_over) {
  acknowledge(3);
  advance(299ms);
  BOOST_TEST(taken() == "");
  acknowledge(4);
  advance(1ms);
  BOOST_TEST(taken() == "5:3/1 5:4/1");
  BOOST_TEST(!has_timers());
}

BOOST_AUTO_TEST_CASE(many_go_out_a_few_at_a_time) {
  for (uint32_t id = 1; id <= 65; ++id)
    acknowledge(id);
  advance(300ms);
  BOOST_TEST(connections.back()->got.size() == 32u);
  advance(2ms);
  BOOST_TEST(connections.back()->got.size() == 64u);
  advance(2ms);
  BOOST_TEST(connections.back()->got.size() == 65u);
  BOOST_TEST(!has_timers());
}

BOOST_AUTO_TEST_CASE(a_new_start_goes_behind_that_of_its_own_id) {
  acknowledge(3);
  acknowledge(4);
  tell(link, spawn(3, 2));
  BOOST_TEST(taken() == "5:3/1 2:3/2");
  advance(300ms);
  BOOST_TEST(taken() == "5:4/1");
}

BOOST_AUTO_TEST_CASE(what_is_removed_is_forgotten_at_once) {
  watch(3, false);
  acknowledge(3);
  tell(link, unwatch_child{3});
  BOOST_TEST(taken() == "5:3/1");
}

BOOST_AUTO_TEST_CASE(a_daemon_that_ends_leaves_none_behind) {
  acknowledge(3);
  tell(link, flush{});
  BOOST_TEST(taken() == "5:3/1");
}

BOOST_AUTO_TEST_CASE(what_waits_is_nobodys_when_the_keeper_lists_it) {
  acknowledge(3);
  lose();
  greet({slot(3, 1, wire::phase::empty)});
  BOOST_TEST(taken() == "1:0/0 5:3/1");
  advance(10s);
  BOOST_TEST(warnings.size() == 1u); // of the connection
}

BOOST_AUTO_TEST_CASE(without_a_keeper_they_wait_for_the_next) {
  acknowledge(3);
  reachable = false;
  lose();
  advance(1s);
  BOOST_TEST(taken() == "");
  reachable = true;
  advance(1s);
  greet();
  BOOST_TEST(taken() == "1:0/0 5:3/1");
}

BOOST_AUTO_TEST_SUITE_END()
