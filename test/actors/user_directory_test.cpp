#include "actors/user_directory.hpp"
#include "test/support/actor_fixture.hpp"
#include "test/support/people.hpp"

using namespace hiisi;
using namespace hiisi::actors;
using namespace std::chrono_literals;
using protocol::errc;

namespace {

struct fixture : test::actor_fixture {
  /// The host's user database.
  std::optional<os::identity> alice = *test::alice;
  int lookups = 0;
  test::fake_actor asker = make_fake();
  caf::actor directory = keep(spawn_user_directory(
      system(),
      {[this](uint32_t uid) { return look(alice && alice->uid == uid); },
       [this](const std::string& name) {
         return look(alice && alice->name == name);
       }},
      false));

  protocol::result<os::identity> look(bool found) {
    ++lookups;
    if (found)
      return *alice;
    return protocol::make_error(errc::not_found, "no such user");
  }
  identified by_uid(uint32_t uid) {
    asker.forget();
    tell(directory, identify{uid, asker});
    return asker.only<identified>();
  }
  identified by_name(std::string name) {
    asker.forget();
    tell(directory, identify_name{std::move(name), asker});
    return asker.only<identified>();
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(user_directory, fixture)

BOOST_AUTO_TEST_CASE(a_user_is_found_by_uid_and_by_name) {
  auto found = by_uid(1000);
  BOOST_TEST(found.uid == 1000u);
  BOOST_TEST(found.name == "");
  BOOST_TEST((**found.who == *alice));
  found = by_name("alice");
  BOOST_TEST(found.name == "alice");
  BOOST_TEST(found.uid == 1000u);
  BOOST_TEST((**found.who == *alice));
}

BOOST_AUTO_TEST_CASE(nobody_is_said_to_be_nobody) {
  BOOST_TEST((by_uid(5).who.failure().code == errc::not_found));
  BOOST_TEST((by_name("zoe").who.failure().code == errc::not_found));
  BOOST_TEST(by_name("zoe").name == "zoe");
}

BOOST_AUTO_TEST_CASE(a_burst_of_questions_costs_one_lookup) {
  const auto first = by_uid(1000);
  for (int i = 0; i < 100; ++i)
    BOOST_TEST((*by_uid(1000).who == *first.who));
  BOOST_TEST(lookups == 1);
}

BOOST_AUTO_TEST_CASE(what_changed_shows_after_a_few_seconds) {
  by_uid(1000);
  alice->groups = {1000, 50};
  advance(4900ms);
  BOOST_TEST((*by_uid(1000).who)->groups.size() == 1u);
  advance(200ms);
  BOOST_TEST((*by_uid(1000).who)->groups.size() == 2u);
}

BOOST_AUTO_TEST_CASE(who_is_deleted_is_gone_after_a_few_seconds) {
  by_uid(1000);
  alice.reset();
  advance(5100ms);
  BOOST_TEST(!by_uid(1000).who.ok());
}

BOOST_AUTO_TEST_CASE(who_was_not_found_is_looked_for_each_time) {
  const auto later = std::exchange(alice, std::nullopt);
  BOOST_TEST(!by_uid(1000).who.ok());
  alice = later;
  BOOST_TEST(by_uid(1000).who.ok());
}

BOOST_AUTO_TEST_CASE(the_same_facts_are_shared) {
  const auto first = *by_uid(1000).who;
  advance(10s);
  BOOST_TEST((*by_uid(1000).who == first));
  BOOST_TEST((*by_name("alice").who == first));
}

BOOST_AUTO_TEST_SUITE_END()
