#include "actors/connection_table.hpp"
#include "test/support/actor_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace hiisi;
using namespace std::chrono_literals;
using actors::connection_table;

namespace {

struct fixture : test::actor_fixture {
  using handle = connection_table::handle;

  connection_table::time_point now() const { return {}; }

  /// One of a user's, with a session that is an actor like any other.
  actors::client_connection& add(int64_t descriptor, uint32_t uid) {
    const auto which = handle::from_int(descriptor);
    auto& made = table.add(which, {0, uid, 0}, now());
    table.give_session(which, make_fake().handle());
    return made;
  }

  connection_table table;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(connection_tables, fixture)

BOOST_AUTO_TEST_CASE(each_is_found_by_all_that_is_known_of_it) {
  const auto& one = add(7, 1001);
  const auto& other = add(8, 1002);
  BOOST_TEST(one.serial != other.serial);
  BOOST_TEST(table.find(handle::from_int(7)) == &one);
  BOOST_TEST((table.with_serial(other.serial) == handle::from_int(8)));
  BOOST_TEST(
      (table.with_session(one.session.address()) == handle::from_int(7)));
  BOOST_TEST(table.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_number_that_is_used_again_is_another_connection) {
  const auto& before = add(7, 1001);
  const auto serial = before.serial;
  const auto session = before.session;
  table.erase(handle::from_int(7));
  BOOST_TEST(!table.find(handle::from_int(7)));
  const auto& after = add(7, 1002);
  BOOST_TEST(after.serial != serial);
  BOOST_TEST(!table.with_serial(serial).has_value());
  BOOST_TEST(!table.with_session(session.address()).has_value());
  BOOST_TEST(table.find(handle::from_int(7))->uid == 1002u);
}

BOOST_AUTO_TEST_CASE(who_keeps_us_waiting_for_too_long_is_named) {
  auto& slow = add(7, 1001);
  add(8, 1001);
  BOOST_TEST(!table.any_stalled());
  slow.expect_progress(now());
  BOOST_TEST(table.any_stalled());
  BOOST_TEST(table.stalled_for(30s, now() + 30s).empty());
  const auto late = table.stalled_for(30s, now() + 31s);
  BOOST_TEST_REQUIRE(late.size() == 1u);
  BOOST_TEST((late.front() == handle::from_int(7)));
}

BOOST_AUTO_TEST_SUITE_END()
