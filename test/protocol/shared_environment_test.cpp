#include "protocol/shared_environment.hpp"

#include <boost/test/unit_test.hpp>

using hiisi::protocol::shared_environment;

BOOST_AUTO_TEST_SUITE(shared_environments)

BOOST_AUTO_TEST_CASE(what_is_equal_is_held_once) {
  const shared_environment one{{"A", "1"}, {"B", "2"}};
  shared_environment other{{"A", "1"}, {"B", "2"}};
  BOOST_TEST((one == other));
  BOOST_TEST(&*one != &*other);
  other.share_with(one);
  BOOST_TEST(&*one == &*other);
}

BOOST_AUTO_TEST_CASE(what_differs_stays_as_it_is) {
  const shared_environment one{{"A", "1"}};
  shared_environment other{{"A", "2"}};
  other.share_with(one);
  BOOST_TEST(other->at("A") == "2");
  BOOST_TEST((one != other));
}

BOOST_AUTO_TEST_CASE(the_last_one_is_shared_and_is_the_next_last) {
  shared_environment last;
  shared_environment one{{"A", "1"}};
  one.share_with_last(last);
  BOOST_TEST(&*last == &*one);
  shared_environment other{{"A", "1"}};
  other.share_with_last(last);
  BOOST_TEST(&*other == &*one);
  shared_environment another{{"A", "2"}};
  another.share_with_last(last);
  BOOST_TEST(another->at("A") == "2");
  BOOST_TEST(&*last == &*another);
}

BOOST_AUTO_TEST_CASE(none_is_empty) {
  BOOST_TEST(shared_environment {} -> empty());
}

BOOST_AUTO_TEST_SUITE_END()
