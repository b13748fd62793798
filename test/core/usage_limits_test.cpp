#include "actors/core/usage_limits.hpp"

#include <boost/test/unit_test.hpp>

using namespace hiisi::core;

namespace {

constexpr uint32_t alice = 1000;
constexpr uint32_t bob = 1001;
constexpr connection_settings small{2, 100, 50};

} // namespace

BOOST_AUTO_TEST_SUITE(usage_limits)

BOOST_AUTO_TEST_CASE(a_user_has_so_many_connections_and_no_more) {
  usage_table table{small};
  BOOST_TEST(table.connect(alice));
  BOOST_TEST(table.connect(alice));
  BOOST_TEST(!table.connect(alice));
  table.disconnect(alice);
  BOOST_TEST(table.connect(alice));
}

BOOST_AUTO_TEST_CASE(one_user_does_not_crowd_out_another) {
  usage_table table{small};
  BOOST_TEST(table.connect(alice));
  BOOST_TEST(table.connect(alice));
  BOOST_TEST(!table.take(alice, 1000));
  BOOST_TEST(table.connect(bob));
  BOOST_TEST(table.take(bob, 100));
}

BOOST_AUTO_TEST_CASE(root_always_gets_through) {
  usage_table table{small};
  for (int i = 0; i < 10; ++i)
    BOOST_TEST(table.connect(0));
  BOOST_TEST(table.take(0, 1'000'000));
}

BOOST_AUTO_TEST_CASE(bytes_count_until_they_are_given_back) {
  usage_table table{small};
  BOOST_TEST(table.take(alice, 60));
  BOOST_TEST(table.take(alice, 40));
  BOOST_TEST(!table.take(alice, 1));
  table.give_back(alice, 1);
  table.give_back(alice, 50);
  BOOST_TEST(table.take(alice, 50));
}

BOOST_AUTO_TEST_CASE(a_user_who_holds_nothing_takes_no_memory) {
  usage_table table{{0, 100, 50}};
  BOOST_TEST(!table.connect(alice));
  BOOST_TEST(table.users() == 0u);
  table.reconfigure(small);
  BOOST_TEST(table.connect(alice));
  BOOST_TEST(table.take(alice, 10));
  table.disconnect(alice);
  BOOST_TEST(table.users() == 1u);
  table.give_back(alice, 10);
  BOOST_TEST(table.users() == 0u);
}

BOOST_AUTO_TEST_CASE(more_is_never_given_back_than_was_taken) {
  usage_table table{small};
  table.disconnect(alice);
  table.give_back(alice, 10);
  BOOST_TEST(table.users() == 0u);
  BOOST_TEST(table.take(alice, 10));
  table.give_back(alice, 1000);
  BOOST_TEST(table.take(alice, 100));
  BOOST_TEST(!table.take(alice, 1));
}

BOOST_AUTO_TEST_CASE(lower_limits_count_for_what_comes) {
  usage_table table{small};
  BOOST_TEST(table.connect(alice));
  table.reconfigure({1, 10, 10});
  BOOST_TEST(!table.connect(alice));
  BOOST_TEST(!table.take(alice, 11));
}

BOOST_AUTO_TEST_CASE(a_share_counts_until_its_user_holds_nothing) {
  usage_table table{small};
  BOOST_TEST(table.connect(alice));
  table.set_share(alice, {3, 500});
  // Of somebody who is not there nothing is kept.
  table.set_share(bob, {0, 0});
  BOOST_TEST(table.connect(bob));
  BOOST_TEST(table.connect(alice));
  BOOST_TEST(table.connect(alice));
  BOOST_TEST(!table.connect(alice));
  BOOST_TEST(table.take(alice, 500));
  BOOST_TEST(table.use_of(alice).connections == 3u);
  BOOST_TEST(table.use_of(alice).bytes == 500u);
  table.give_back(alice, 500);
  for (int i = 0; i < 3; ++i)
    table.disconnect(alice);
  BOOST_TEST(table.share_of(alice).connections == 2u);
  BOOST_TEST(table.use_of(alice).connections == 0u);
}

BOOST_AUTO_TEST_CASE(other_settings_end_shares) {
  usage_table table{small};
  BOOST_TEST(table.connect(alice));
  table.set_share(alice, {9, 900});
  table.reconfigure({5, 100, 50});
  BOOST_TEST(table.share_of(alice).connections == 5u);
}

BOOST_AUTO_TEST_SUITE_END()
