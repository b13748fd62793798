#include "actors/quota_clerk.hpp"
#include "test/support/asking_fixture.hpp"
#include "test/support/people.hpp"

using namespace hiisi;
using namespace hiisi::actors;
using protocol::errc;
using test::alice;

namespace {

struct fixture : test::asking_fixture {
  test::fake_actor host = make_fake();
  test::fake_actor ports = make_fake();
  test::fake_actor directory = make_fake();
  test::fake_actor broker = make_fake();
  caf::actor clerk;

  fixture() {
    clerk = keep(spawn_quota_clerk(system(), {host, ports, directory}));
    tell(clerk, inspect_broker{broker});
  }

  void ask(identity_ptr who, std::optional<std::string> user = std::nullopt) {
    tell(clerk,
         quota_submission{submit(session, ++sequence, std::move(who),
                                 protocol::quota_request{std::move(user)})});
  }
  void say(const test::fake_actor& from,
           std::vector<protocol::quota_entry> entries) {
    tell(clerk,
         use_counted{from.only<count_use>().question, std::move(entries)});
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(quota_clerk, fixture)

BOOST_AUTO_TEST_CASE(the_parts_are_put_together_in_one_order) {
  ask(alice);
  say(ports, {{"ports", 2, 20}});
  say(broker, {{"connections", 1, 64}, {"bytes_in_flight", 70, {}}});
  BOOST_TEST(session.empty());
  say(host, {{"processes", 3, 2000}, {"starts_per_minute", 0, 600}});
  const auto report = answer_as<protocol::quota_report>();
  BOOST_TEST(report.user == "alice");
  BOOST_TEST(report.uid == 1000u);
  BOOST_TEST(
      (report.entries
       == std::vector<protocol::quota_entry>{{"processes", 3, 2000},
                                             {"starts_per_minute", 0, 600},
                                             {"ports", 2, 20},
                                             {"connections", 1, 64},
                                             {"bytes_in_flight", 70, {}}}));
}

BOOST_AUTO_TEST_CASE(others_are_for_administrators) {
  ask(alice, "bob");
  BOOST_TEST((answer_as<protocol::error>().code == errc::not_permitted));
  BOOST_TEST(directory.empty());
  ask(alice, "alice");
  BOOST_TEST((host.only<count_use>().who == alice));
  host.forget();
  ask(test::admin, "bob");
  BOOST_TEST(directory.only<identify_name>().name == "bob");
  tell(clerk, identified{1001, "bob", test::bob});
  BOOST_TEST((host.only<count_use>().who == test::bob));
}

BOOST_AUTO_TEST_CASE(who_does_not_exist_is_said_not_to) {
  ask(test::admin, "nobody");
  tell(clerk,
       identified{0, "nobody",
                  protocol::make_error(errc::not_found, "no such user")});
  BOOST_TEST(answer_as<protocol::error>().message == "no such user");
}

BOOST_AUTO_TEST_SUITE_END()
