#include "actors/core/event_budget.hpp"

#include <boost/test/unit_test.hpp>

using hiisi::core::event_budget;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(event_budgets)

BOOST_AUTO_TEST_CASE(a_burst_is_kept_and_what_goes_beyond_is_counted) {
  event_budget budget{{3, 1}};
  for (int i = 0; i < 3; ++i)
    BOOST_TEST(budget.spend(1000, 0s).keep);
  BOOST_TEST(!budget.spend(1000, 0s).keep);
  BOOST_TEST(!budget.spend(1000, 500ms).keep);
  const auto next = budget.spend(1000, 1s);
  BOOST_TEST(next.keep);
  BOOST_TEST(next.left_out == 2u);
  // Said once.
  BOOST_TEST(budget.spend(1000, 2s).left_out == 0u);
}

BOOST_AUTO_TEST_CASE(one_user_costs_no_other_anything) {
  event_budget budget{{1, 1}};
  BOOST_TEST(budget.spend(1000, 0s).keep);
  BOOST_TEST(!budget.spend(1000, 0s).keep);
  BOOST_TEST(budget.spend(1001, 0s).keep);
}

BOOST_AUTO_TEST_CASE(rest_saves_no_more_than_a_burst) {
  event_budget budget{{2, 1}};
  BOOST_TEST(budget.spend(1000, 0s).keep);
  for (int i = 0; i < 2; ++i)
    BOOST_TEST(budget.spend(1000, 1h).keep);
  BOOST_TEST(!budget.spend(1000, 1h).keep);
}

BOOST_AUTO_TEST_SUITE_END()
