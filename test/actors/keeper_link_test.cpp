#include "test/support/keeper_link_fixture.hpp"

using namespace hiisi;
using namespace hiisi::actors;
using namespace std::chrono_literals;
namespace wire = keeper_wire;

BOOST_FIXTURE_TEST_SUITE(keeper_link, test::keeper_link_fixture)

BOOST_AUTO_TEST_CASE(it_greets_and_is_ready_after_the_last_slot) {
  begin();
  BOOST_TEST_REQUIRE(connections.size() == 1u);
  BOOST_TEST_REQUIRE(connections[0]->got.size() == 1u);
  BOOST_TEST((connections[0]->got[0].what == wire::kind::hello));
  BOOST_TEST(connections[0]->got[0].value == wire::version);
  say(message(wire::kind::welcome));
  BOOST_TEST(ready == 0);
  say(message(wire::kind::listed));
  BOOST_TEST(ready == 1);
  BOOST_TEST(warnings.empty());
}

BOOST_AUTO_TEST_CASE(a_keeper_of_another_release_is_warned_of) {
  begin();
  auto welcome = message(wire::kind::welcome);
  welcome.value = wire::version + 1;
  say(welcome);
  BOOST_TEST_REQUIRE(warnings.size() == 1u);
  BOOST_TEST(warnings[0].find("another release") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_process_that_is_not_on_record_is_warned_of) {
  begin();
  greet({slot(3, 1, wire::phase::running)});
  // Its process_actor may still be on its way.
  advance(4999ms);
  BOOST_TEST(warnings.empty());
  advance(1ms);
  BOOST_TEST_REQUIRE(warnings.size() == 1u);
  BOOST_TEST(warnings[0].find("process 3") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_has_ended_and_is_not_on_record_is_forgotten) {
  begin();
  greet({slot(3, 1, wire::phase::empty)});
  advance(4999ms);
  BOOST_TEST(sent() == "1:0/0");
  advance(1ms);
  BOOST_TEST(sent() == "1:0/0 5:3/1");
  BOOST_TEST(warnings.empty());
}

BOOST_AUTO_TEST_CASE(what_was_never_recorded_is_ended_and_forgotten) {
  first_unrecorded = 5;
  begin();
  greet({slot(4, 1, wire::phase::running), slot(5, 1, wire::phase::running)});
  run();
  const auto& got = connections.back()->got;
  BOOST_TEST_REQUIRE(got.size() == 2u);
  BOOST_TEST(got[1].id == 5u);
  BOOST_TEST((got[1].what == wire::kind::kill));
  say(slot(5, 1, wire::phase::empty));
  run();
  BOOST_TEST_REQUIRE(got.size() == 3u);
  BOOST_TEST(got[2].id == 5u);
  BOOST_TEST((got[2].what == wire::kind::acknowledge));
  // Its id is as good as any other from then on.
  watch(5, false);
  say(slot(5, 1, wire::phase::running));
  run();
  BOOST_TEST(watcher.count<keeper_news>() == 1u);
}

BOOST_AUTO_TEST_CASE(a_process_that_is_claimed_in_time_is_no_news) {
  begin();
  greet({slot(3, 1, wire::phase::running)});
  watch(3, true);
  advance(10s);
  BOOST_TEST(warnings.empty());
  BOOST_TEST(watcher.count<reconcile>() == 1u);
}

BOOST_AUTO_TEST_CASE(a_spawn_carries_a_launch_block) {
  begin();
  greet();
  tell(link, spawn(3, 1));
  BOOST_TEST(connections[0]->blocks == 1u);
  const auto& m = connections[0]->got.back();
  BOOST_TEST((m.what == wire::kind::spawn));
  BOOST_TEST(m.id == 3u);
  BOOST_TEST(m.run == 1u);
  BOOST_TEST(m.uid == 1000u);
}

BOOST_AUTO_TEST_CASE(before_it_is_ready_a_spawn_is_refused) {
  begin();
  tell(link, spawn(3, 1));
  const auto refused = watcher.only<spawn_impossible>();
  BOOST_TEST(refused.run == 1u);
  BOOST_TEST(refused.reason.find("hiisi-keeper") != std::string::npos);
  BOOST_TEST(connections[0]->got.size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_packed_is_refused_with_its_reason) {
  begin();
  greet();
  auto bad = spawn(3, 1);
  auto launch = *bad.launch;
  launch.argv = {std::string("a\0b", 3)};
  bad.launch = std::make_shared<os::launch_spec>(launch);
  tell(link, bad);
  BOOST_TEST(
      watcher.only<spawn_impossible>().reason.starts_with("could not start: "));
}

BOOST_AUTO_TEST_CASE(commands_are_passed_on) {
  begin();
  greet();
  for (auto kind : {wire::kind::signal, wire::kind::kill})
    tell(link, command_child{message(kind, 3, 1)});
  BOOST_TEST(sent() == "1:0/0 3:3/1 4:3/1");
}

BOOST_AUTO_TEST_CASE(news_are_what_has_changed) {
  auto other = make_fake();
  begin();
  greet();
  watch(3, false);
  tell(link, watch_child{4, other, false});
  say(slot(3, 1, wire::phase::running));
  tell(link, release_child{3, 1});
  BOOST_TEST((connections[0]->released == std::vector<uint32_t>{3}));
  say(message(wire::kind::started, 3, 1));
  say(slot(3, 1, wire::phase::running));
  say(slot(3, 1, wire::phase::ended));
  say(slot(3, 1, wire::phase::ended));
  say(slot(3, 1, wire::phase::empty));
  say(message(wire::kind::refused, 3, 1));
  std::vector<child_news> told;
  for (const auto& news : watcher.all<keeper_news>())
    if (news.what != child_news::refused)
      told.push_back(news.what);
  BOOST_TEST((told
              == std::vector{child_news::spawned, child_news::started,
                             child_news::exited, child_news::emptied}));
  BOOST_TEST(other.empty());
  say(slot(77, 1, wire::phase::empty));
  BOOST_TEST(other.empty());
}

BOOST_AUTO_TEST_CASE(a_gate_is_opened_for_the_run_that_waits_at_it) {
  begin();
  greet();
  watch(3, false);
  say(slot(3, 2, wire::phase::running));
  tell(link, release_child{3, 1});
  tell(link, release_child{4, 2});
  BOOST_TEST(connections[0]->released.empty());
}

BOOST_AUTO_TEST_CASE(a_start_that_takes_too_long_is_ended) {
  begin();
  greet();
  watch(3, false);
  say(slot(3, 1, wire::phase::running));
  tell(link, release_child{3, 1});
  advance(10s);
  BOOST_TEST(sent() == "1:0/0");
  advance(1s);
  BOOST_TEST(sent() == "1:0/0 4:3/1");
  say(slot(3, 1, wire::phase::empty));
  const auto news = watcher.all<keeper_news>();
  BOOST_TEST_REQUIRE(news.size() == 2u);
  BOOST_TEST((news[1].what == child_news::start_failed));
  BOOST_TEST((news[1].slot.at == wire::stage::deadline));
  // Nothing is left, and nobody else need acknowledge it.
  BOOST_TEST(sent() == "1:0/0 4:3/1 5:3/1");
  advance(30s);
  BOOST_TEST(!has_timers());
}

BOOST_AUTO_TEST_CASE(nothing_wakes_up_for_starts_that_are_over) {
  begin();
  greet();
  watch(3, false);
  say(slot(3, 1, wire::phase::running));
  tell(link, release_child{3, 1});
  say(message(wire::kind::started, 3, 1));
  advance(1s);
  BOOST_TEST(!has_timers());
}

BOOST_AUTO_TEST_CASE(what_was_killed_within_execve_has_not_started) {
  begin();
  greet();
  watch(3, false);
  say(slot(3, 1, wire::phase::running));
  tell(link, release_child{3, 1});
  advance(11s);
  BOOST_TEST(sent() == "1:0/0 4:3/1");
  // It had said that it would execute its program, which lies on a file system
  // that hangs.
  say(message(wire::kind::started, 3, 1));
  say(slot(3, 1, wire::phase::empty));
  const auto news = watcher.all<keeper_news>();
  BOOST_TEST_REQUIRE(news.size() == 2u);
  BOOST_TEST((news[1].what == child_news::start_failed));
  BOOST_TEST((news[1].slot.at == wire::stage::deadline));
}

BOOST_AUTO_TEST_CASE(a_keeper_that_refuses_the_greeting_is_warned_of) {
  begin();
  auto refused = message(wire::kind::refused);
  refused.value = static_cast<uint32_t>(wire::kind::hello);
  refused.error = EPROTO;
  say(refused);
  BOOST_TEST_REQUIRE(warnings.size() == 1u);
  BOOST_TEST(warnings[0].find("restart the keeper") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(nobody_hears_of_what_is_watched_no_more) {
  begin();
  greet();
  watch(3, false);
  tell(link, unwatch_child{3});
  say(slot(3, 1, wire::phase::empty));
  BOOST_TEST(watcher.empty());
}

BOOST_AUTO_TEST_CASE(what_is_forgotten_while_it_is_being_made_is_cleared_away) {
  begin();
  greet();
  watch(7, false);
  tell(link, spawn(7, 1));
  tell(link, unwatch_child{7});
  connections.back()->got.clear();
  say(slot(7, 1, wire::phase::running));
  BOOST_TEST(sent() == text_of({message(wire::kind::kill, 7, 1)}));
  connections.back()->got.clear();
  say(slot(7, 1, wire::phase::empty));
  BOOST_TEST(sent() == text_of({message(wire::kind::acknowledge, 7, 1)}));
  connections.back()->got.clear();
  say(slot(7, 1, wire::phase::empty));
  BOOST_TEST(sent().empty());
  BOOST_TEST(watcher.count<keeper_news>() == 0u);
}

BOOST_AUTO_TEST_CASE(a_start_that_failed_leaves_nothing_held) {
  begin();
  greet();
  watch(3, false);
  say(slot(3, 5, wire::phase::running));
  say(message(wire::kind::start_failed, 3, 5));
  say(slot(3, 5, wire::phase::empty));
  watcher.forget();
  watch(3, true);
  BOOST_TEST(!watcher.only<reconcile>().slot);
}

BOOST_AUTO_TEST_SUITE_END()
