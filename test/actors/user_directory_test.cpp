#include "actors/user_directory.hpp"
#include "test/support/actor_fixture.hpp"
#include "test/support/people.hpp"
#include "test/support/wait_until.hpp"

#include <condition_variable>
#include <mutex>

using namespace hiisi;
using namespace hiisi::actors;
using namespace std::chrono_literals;
using protocol::errc;

namespace {

struct fixture : test::actor_fixture {
  /// The host's user database.
  std::optional<os::identity> alice = *test::alice;
  int lookups = 0;
  /// The name services say that they cannot say.
  bool broken = false;
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
    if (broken)
      return protocol::make_error(errc::unavailable, "the server is down");
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

BOOST_AUTO_TEST_CASE(services_that_break_down_make_nobody_forgotten) {
  by_uid(1000);
  advance(10s);
  broken = true;
  BOOST_TEST((by_uid(1000).who.failure().code == errc::unavailable));
  broken = false;
  BOOST_TEST(by_uid(1000).who.ok());
}

BOOST_AUTO_TEST_CASE(the_same_facts_are_shared) {
  const auto first = *by_uid(1000).who;
  advance(10s);
  BOOST_TEST((*by_uid(1000).who == first));
  BOOST_TEST((*by_name("alice").who == first));
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

/// Name services of which each question hangs until it is let go, and the
/// user_directory before them, whose questions are on threads of their own. Of
/// those one at a time sends, and while it does nothing is run.
struct hanging_fixture : test::actor_fixture {
  std::mutex mutex;
  std::condition_variable changed;
  int asked = 0;
  int let_go_of = 0;
  test::fake_actor asker = make_fake();
  caf::actor directory = keep(spawn_user_directory(
      system(), {[this](uint32_t uid) { return look(uid); },
                 [this](const std::string&) { return look(1000); }}));

  ~hanging_fixture() { let_go(); }

  protocol::result<os::identity> look(uint32_t uid) {
    std::unique_lock lock{mutex};
    const auto number = ++asked;
    changed.notify_all();
    changed.wait(lock, [&] { return let_go_of >= number; });
    auto who = *test::alice;
    who.uid = uid;
    return who;
  }
  /// Lets every question go that hangs, and delivers what is answered.
  void let_go() {
    while (let_one_go()) {
      BOOST_TEST(test::wait_until([this] { return has_work(); }, 20s));
      run();
    }
  }
  bool let_one_go() {
    const std::lock_guard lock{mutex};
    if (let_go_of == asked)
      return false;
    ++let_go_of;
    changed.notify_all();
    return true;
  }
  /// Waits until so many questions have been asked.
  bool hang(int count) {
    run();
    std::unique_lock lock{mutex};
    return changed.wait_for(lock, 20s, [&] { return asked >= count; });
  }
  bool answered(size_t count) const {
    return asker.all<identified>().size() == count;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(user_directory_that_hangs, hanging_fixture)

BOOST_AUTO_TEST_CASE(nobody_waits_for_longer_than_two_seconds) {
  tell(directory, identify{1000, asker});
  BOOST_TEST(hang(1));
  advance(1900ms);
  BOOST_TEST(asker.all<identified>().empty());
  advance(200ms);
  BOOST_TEST_REQUIRE(answered(1));
  const auto said = asker.only<identified>();
  BOOST_TEST((said.who.failure().code == errc::unavailable));
  // Who comes later does not wait at all, and nobody is asked once more.
  asker.forget();
  tell(directory, identify{1000, asker});
  BOOST_TEST(answered(1));
  BOOST_TEST(asked == 1);
}

BOOST_AUTO_TEST_CASE(what_was_known_goes_on_to_be_true) {
  tell(directory, identify{1000, asker});
  BOOST_TEST(hang(1));
  let_go();
  BOOST_TEST(answered(1));
  asker.forget();
  advance(10s);
  tell(directory, identify{1000, asker});
  BOOST_TEST(hang(2));
  advance(2100ms);
  BOOST_TEST_REQUIRE(answered(1));
  const auto said = asker.only<identified>();
  BOOST_TEST_REQUIRE(said.who.ok());
  BOOST_TEST((*said.who)->name == "alice");
}

BOOST_AUTO_TEST_CASE(a_question_that_hangs_holds_up_no_other) {
  tell(directory, identify{1000, asker});
  BOOST_TEST(hang(1));
  tell(directory, identify{1001, asker});
  BOOST_TEST(hang(2));
  BOOST_TEST(answered(0));
  let_go();
  BOOST_TEST(answered(2));
}

BOOST_AUTO_TEST_CASE(a_late_answer_is_remembered) {
  tell(directory, identify{1000, asker});
  BOOST_TEST(hang(1));
  advance(2100ms);
  BOOST_TEST(answered(1));
  let_go();
  asker.forget();
  tell(directory, identify{1000, asker});
  BOOST_TEST_REQUIRE(answered(1));
  BOOST_TEST(asker.only<identified>().who.ok());
}

BOOST_AUTO_TEST_SUITE_END()
