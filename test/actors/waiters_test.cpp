#include "actors/waiters.hpp"

#include <boost/test/unit_test.hpp>

using hiisi::actors::operation_kind;
using hiisi::actors::waiter;

BOOST_AUTO_TEST_SUITE(waiters)

BOOST_AUTO_TEST_CASE(each_operation_is_answered_once) {
  hiisi::actors::waiters ledger;
  const auto first = ledger.enter({{}, operation_kind::stop, 7, false});
  const auto second = ledger.enter({{}, operation_kind::start, 7, true});
  BOOST_TEST(first != second);
  const auto taken = ledger.take(second);
  BOOST_TEST_REQUIRE(taken.has_value());
  BOOST_TEST(taken->is_run);
  BOOST_TEST(!ledger.take(second).has_value());
  BOOST_TEST(ledger.take(first).has_value());
}

BOOST_AUTO_TEST_CASE(all_of_one_process_come_in_order_and_no_others) {
  hiisi::actors::waiters ledger;
  ledger.enter({{}, operation_kind::stop, 7, false});
  const auto other = ledger.enter({{}, operation_kind::stop, 8, false});
  ledger.enter({{}, operation_kind::remove, 7, false});
  const auto found = ledger.take_all_of(7);
  BOOST_TEST_REQUIRE(found.size() == 2u);
  BOOST_TEST((found[0].kind == operation_kind::stop));
  BOOST_TEST((found[1].kind == operation_kind::remove));
  BOOST_TEST(ledger.take_all_of(7).empty());
  BOOST_TEST(ledger.take(other).has_value());
}

BOOST_AUTO_TEST_CASE(what_was_answered_waits_no_more) {
  hiisi::actors::waiters ledger;
  const auto first = ledger.enter({{}, operation_kind::stop, 7, false});
  ledger.enter({{}, operation_kind::start, 7, false});
  BOOST_TEST(ledger.take(first).has_value());
  const auto found = ledger.take_all_of(7);
  BOOST_TEST_REQUIRE(found.size() == 1u);
  BOOST_TEST((found[0].kind == operation_kind::start));
}

BOOST_AUTO_TEST_SUITE_END()
