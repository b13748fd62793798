#include "actors/core/user_turn.hpp"

#include <boost/test/unit_test.hpp>

using hiisi::core::user_turn;

namespace {

struct fixture {
  user_turn turn;

  void spend_all() {
    for (size_t i = 0; i < user_turn::frames; ++i)
      turn.spend(1);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(user_turns, fixture)

BOOST_AUTO_TEST_CASE(a_turn_is_so_many_short_frames) {
  BOOST_TEST(turn.untouched());
  for (size_t i = 1; i < user_turn::frames; ++i)
    turn.spend(100);
  BOOST_TEST(!turn.untouched());
  BOOST_TEST(!turn.over());
  turn.spend(100);
  BOOST_TEST(turn.over());
}

BOOST_AUTO_TEST_CASE(a_long_frame_counts_as_several) {
  turn.spend((user_turn::frames - 2) * user_turn::bytes_as_a_frame);
  BOOST_TEST(!turn.over());
  turn.spend(0);
  BOOST_TEST(turn.over());
}

BOOST_AUTO_TEST_CASE(one_that_is_longer_than_a_turn_ends_it) {
  turn.spend(16 * 1024 * 1024);
  BOOST_TEST(turn.over());
  turn.begin();
  BOOST_TEST(turn.untouched());
}

BOOST_AUTO_TEST_CASE(the_next_turn_is_asked_for_once) {
  BOOST_TEST(turn.ask());
  BOOST_TEST(!turn.ask());
  turn.begin();
  BOOST_TEST(turn.ask());
}

BOOST_AUTO_TEST_CASE(who_has_waited_longest_comes_first_while_it_lasts) {
  for (uint64_t connection : {7u, 8u, 9u})
    turn.wait(connection);
  BOOST_TEST(turn.next().value() == 7u);
  spend_all();
  BOOST_TEST(!turn.next());
  turn.begin();
  BOOST_TEST(turn.next().value() == 8u);
  BOOST_TEST(turn.next().value() == 9u);
  BOOST_TEST(!turn.next());
}

BOOST_AUTO_TEST_SUITE_END()
