// What the registry does by itself as time goes by.
#include "test/support/registry_fixture.hpp"

using namespace hiisi;
using namespace hiisi::actors;
using namespace std::chrono_literals;
using test::alice;
using test::then;

namespace {

struct fixture : test::registry_fixture {
  fixture() { known(1000, "alice"); }

  /// Time passes, on the wall as well.
  void pass(std::chrono::seconds how_long) {
    constexpr std::chrono::seconds step{300};
    for (auto left = how_long; left.count() > 0; left -= step) {
      now += std::min(left, step);
      advance(std::min(left, step), 100s);
    }
  }
  size_t readings() const { return watcher.count<watch_ports>(); }
};

constexpr std::chrono::hours day{24};

} // namespace

BOOST_FIXTURE_TEST_SUITE(unused_ports, fixture)

BOOST_AUTO_TEST_CASE(the_kernel_is_asked_only_while_there_are_allocations) {
  begin();
  BOOST_TEST(!has_timers());
  pass(day);
  BOOST_TEST(readings() == 0u);
  allocate(8080);
  auto before = readings();
  pass(std::chrono::hours{1});
  BOOST_TEST(readings() - before == 12u);
  ask(protocol::port_free_request{8080});
  pass(std::chrono::minutes{5});
  before = readings();
  BOOST_TEST(!has_timers());
  pass(day);
  BOOST_TEST(readings() == before);
}

BOOST_AUTO_TEST_CASE(the_last_sight_is_known_to_the_next_daemon) {
  begin();
  allocate(8080);
  listen(8080, 1000);
  pass(std::chrono::hours{3});
  const auto seen_until = now;
  hush(8080);
  pass(std::chrono::hours{3});
  begin();
  const auto list = look_up();
  BOOST_TEST_REQUIRE(list.size() == 1u);
  BOOST_TEST_REQUIRE(list[0].idle_since.has_value());
  BOOST_TEST((*list[0].idle_since > seen_until - std::chrono::minutes{6}));
  BOOST_TEST((*list[0].idle_since <= seen_until));
}

BOOST_AUTO_TEST_CASE(watching_writes_the_history_and_not_the_registry) {
  begin();
  allocate(8080);
  listen(8080, 1000);
  pass(std::chrono::minutes{5});
  const auto registry_saves = saves;
  const auto before = history_saves;
  pass(day);
  BOOST_TEST(saves == registry_saves);
  BOOST_TEST(history_saves - before <= 25);
  BOOST_TEST(history_saves - before >= 20);
}

BOOST_AUTO_TEST_CASE(an_idle_port_is_flagged_after_two_weeks) {
  policy.reading_every = day;
  begin();
  allocate(8080);
  now += 14 * day - std::chrono::seconds{1};
  BOOST_TEST(!look_up()[0].unused);
  now += std::chrono::seconds{1};
  BOOST_TEST(look_up()[0].unused);
  ask(protocol::port_keep_request{8080});
  BOOST_TEST(!look_up()[0].unused);
}

BOOST_AUTO_TEST_CASE(who_follows_is_told_when_it_changes_and_only_then) {
  auto follower = make_fake();
  begin();
  tell(registry, follow_unused_ports{follower});
  const auto told = [&] { return follower.count<ports_unused>(); };
  BOOST_TEST_REQUIRE(told() == 1u);
  BOOST_TEST(follower.last<ports_unused>().all->empty());
  allocate(8080);
  allocate(8081);
  listen(8081, 1000);
  const auto since = now;
  pass(13 * day);
  BOOST_TEST(told() == 1u);
  pass(7 * day);
  BOOST_TEST_REQUIRE(told() == 2u);
  BOOST_TEST((*follower.last<ports_unused>().all
              == core::unused_ports{{8080, since}}));
  listen(8080, 1000);
  pass(day);
  BOOST_TEST_REQUIRE(told() == 3u);
  BOOST_TEST(follower.last<ports_unused>().all->empty());
}

BOOST_AUTO_TEST_CASE(nothing_is_collected_unless_that_is_switched_on) {
  begin();
  allocate(8080);
  now += 40 * day;
  pass(2 * day);
  BOOST_TEST(look_up().size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_due_is_collected_and_on_record) {
  policy.collect = true;
  begin();
  allocate(8080);
  allocate(8081);
  allocate(8082);
  ask(protocol::port_keep_request{8081});
  listen(8082, 1000);
  now += 29 * day;
  pass(std::chrono::minutes{10});
  BOOST_TEST(look_up().size() == 3u);
  pass(day);
  const auto left = look_up();
  BOOST_TEST_REQUIRE(left.size() == 2u);
  BOOST_TEST(left[0].port == 8081);
  BOOST_TEST(left[1].port == 8082);
  BOOST_TEST(on_disk().size() == 2u);
  BOOST_TEST(audit.back().what == "port.collect");
  BOOST_TEST(audit.back().user == "hiidet");
  BOOST_TEST(audit.back().owner == "alice");
  BOOST_TEST(audit.back().detail == "idle for 30 days");
}

BOOST_AUTO_TEST_CASE(a_process_that_is_defined_keeps_its_port) {
  policy.collect = true;
  begin();
  tell(registry, claim_ports{7, "web", alice, {{8080, "", false}}, session});
  seen.processes[7] = "web";
  now += 60 * day;
  pass(2 * day);
  BOOST_TEST(look_up().size() == 1u);
  BOOST_TEST(look_up()[0].unused);
  seen.processes.clear();
  pass(day);
  BOOST_TEST(look_up().empty());
}

BOOST_AUTO_TEST_CASE(on_the_day_after_a_start_nothing_is_collected) {
  policy.collect = true;
  begin();
  allocate(8080);
  now += 60 * day; // The host was down.
  begin();
  pass(std::chrono::hours{23});
  BOOST_TEST(look_up().size() == 1u);
  pass(std::chrono::hours{2});
  BOOST_TEST(look_up().empty());
}

BOOST_AUTO_TEST_CASE(a_history_that_is_damaged_begins_anew) {
  history = "(seen: {8080: nonsense})";
  begin();
  BOOST_TEST_REQUIRE(warnings.size() == 1u);
  BOOST_TEST(warnings[0].find("port_history.ron:1:") != std::string::npos,
             warnings[0]);
  allocate(8080);
  BOOST_TEST(look_up().size() == 1u);
}

BOOST_AUTO_TEST_CASE(every_change_is_on_record_and_nothing_else) {
  begin();
  allocate(8080);
  look_up();
  refusal(protocol::port_allocate_request{8080}, test::bob);
  ask(protocol::port_free_request{8080}, test::admin);
  BOOST_TEST_REQUIRE(audit.size() == 2u);
  BOOST_TEST(audit[0].what == "port.allocate");
  BOOST_TEST(audit[0].object == "8080");
  BOOST_TEST(audit[0].user == "alice");
  BOOST_TEST(audit[0].pid == 4242);
  BOOST_TEST((audit[0].at == then));
  BOOST_TEST(audit[1].what == "port.free");
  BOOST_TEST(audit[1].user == "admin");
  BOOST_TEST(audit[1].owner == "alice");
}

BOOST_AUTO_TEST_CASE(the_event_log_is_told_of_changes) {
  events = make_fake();
  begin();
  allocate(8080);
  const auto told = events->only<happened>().what;
  BOOST_TEST((told.what == protocol::event_kind::port));
  BOOST_TEST(told.port.value() == 8080);
  BOOST_TEST(told.uid.value() == 1000u);
  BOOST_TEST(told.by.user == "alice");
  BOOST_TEST(told.text == "allocate");
}

BOOST_AUTO_TEST_CASE(what_was_not_saved_is_not_on_record) {
  begin();
  unwritable
      = protocol::make_error(protocol::errc::storage_failed, "disk full");
  refusal(protocol::port_allocate_request{8080});
  BOOST_TEST(audit.empty());
}

BOOST_AUTO_TEST_SUITE_END()
