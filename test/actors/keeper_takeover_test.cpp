#include "actors/os/process_identity.hpp"
#include "test/support/keeper_link_fixture.hpp"

#include <unistd.h>

using namespace hiisi;
using namespace hiisi::actors;
using namespace std::chrono_literals;
namespace wire = keeper_wire;

BOOST_FIXTURE_TEST_SUITE(keeper_takeover, test::keeper_link_fixture)

BOOST_AUTO_TEST_CASE(who_watches_is_told_what_the_keeper_holds) {
  begin();
  watch(3, true);
  watch(4, true);
  BOOST_TEST(watcher.empty());
  greet({slot(3, 9, wire::phase::running)});
  auto told = watcher.all<reconcile>();
  BOOST_TEST_REQUIRE(told.size() == 2u);
  if (!told[0].slot)
    std::swap(told[0], told[1]);
  BOOST_TEST_REQUIRE(told[0].slot.has_value());
  BOOST_TEST(told[0].slot->id == 3u);
  BOOST_TEST(told[0].slot->run == 9u);
  BOOST_TEST((told[0].slot->how_far == wire::phase::running));
  BOOST_TEST(!told[1].slot);
}

BOOST_AUTO_TEST_CASE(who_comes_later_is_told_at_once) {
  begin();
  greet({slot(3, 9, wire::phase::ended)});
  watch(3, true);
  BOOST_TEST(watcher.only<reconcile>().slot->run == 9u);
}

BOOST_AUTO_TEST_CASE(a_new_process_has_nothing_to_compare) {
  begin();
  greet();
  watch(3, false);
  BOOST_TEST(watcher.empty());
}

BOOST_AUTO_TEST_CASE(what_the_next_keeper_does_not_know_it_takes_over) {
  begin();
  greet();
  watch(3, false);
  auto child = slot(3, 1, wire::phase::running);
  child.pid = ::getpid();
  child.started_at = 55;
  say(child);
  tell(link, release_child{3, 1});
  say(message(wire::kind::started, 3, 1));
  watcher.forget();
  lose();
  greet();
  BOOST_TEST(sent() == "1:0/0 6:3/1");
  const auto& asked = connections[1]->got.back();
  BOOST_TEST(asked.pid == ::getpid());
  BOOST_TEST(asked.started_at == 55u);
  BOOST_TEST((asked.how_far == wire::phase::running));
  BOOST_TEST((asked.pidfs_inode != 0 || asked.start_ticks != 0));
  BOOST_TEST(connections[1]->attached.back()->size() == 1u);
  // It is compared only once it is taken.
  BOOST_TEST(watcher.empty());
  say(asked.run == 1 ? slot(3, 1, wire::phase::running) : asked);
  BOOST_TEST((watcher.only<reconcile>().slot->how_far == wire::phase::running));
}

BOOST_AUTO_TEST_CASE(
    a_keeper_that_dies_before_it_has_taken_over_loses_nothing) {
  begin();
  greet();
  watch(3, false);
  auto child = slot(3, 1, wire::phase::running);
  child.pid = ::getpid();
  say(child);
  tell(link, release_child{3, 1});
  say(message(wire::kind::started, 3, 1));
  watcher.forget();
  for (int keepers = 0; keepers < 3; ++keepers) {
    lose();
    greet();
    BOOST_TEST(sent() == "1:0/0 6:3/1");
    BOOST_TEST(connections.back()->attached.back()->size() == 1u);
    // Who asks in the meantime has to wait, and is not asked for twice.
    watch(3, true);
    BOOST_TEST(sent() == "1:0/0 6:3/1");
    BOOST_TEST(watcher.empty());
  }
  say(child);
  BOOST_TEST((watcher.only<reconcile>().slot->how_far == wire::phase::running));
}

/// The keeper had listed it to a daemon that was started anew, and is lost
/// before it has listed everything.
BOOST_AUTO_TEST_CASE(a_keeper_that_dies_while_it_lists_loses_nothing) {
  begin();
  auto known = slot(3, 4, wire::phase::running);
  known.pid = ::getpid();
  const auto listed = known;
  const auto who = os::identify_process(known.pid);
  known.pidfs_inode = who.pidfs_inode;
  known.start_ticks = who.start_ticks;
  tell(link, watch_child{3, watcher, true, known});
  say(message(wire::kind::welcome));
  say(listed);
  lose();
  advance(1s);
  greet();
  BOOST_TEST(sent() == "1:0/0 6:3/4");
  BOOST_TEST(connections.back()->got.back().pidfs_inode == who.pidfs_inode);
  BOOST_TEST(connections.back()->attached.back()->size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_the_live_record_tells_of_is_taken_over) {
  begin();
  greet();
  auto known = slot(3, 4, wire::phase::running);
  known.pid = 1 << 30; // nobody's
  tell(link, watch_child{3, watcher, true, known});
  BOOST_TEST(sent() == "1:0/0 6:3/4");
  BOOST_TEST(connections[0]->attached.back()->empty());
  say(slot(3, 4, wire::phase::empty));
  BOOST_TEST((watcher.only<reconcile>().slot->how_far == wire::phase::empty));
}

/// The daemon was started anew and found its process with the keeper, which is
/// lost then.
BOOST_AUTO_TEST_CASE(what_a_keeper_had_listed_the_next_one_takes_over) {
  for (const bool recorded : {true, false}) {
    dialled = 0;
    begin();
    auto known = slot(3, 4, wire::phase::running);
    known.pid = ::getpid();
    const auto who = os::identify_process(known.pid);
    auto listed = known;
    known.pidfs_inode = who.pidfs_inode;
    known.start_ticks = who.start_ticks;
    tell(link, watch_child{3, watcher, true,
                           recorded ? std::optional{known} : std::nullopt});
    greet({listed});
    BOOST_TEST(
        (watcher.only<reconcile>().slot->how_far == wire::phase::running));
    lose();
    greet();
    const auto& asked = connections.back()->got.back();
    BOOST_TEST((asked.what == wire::kind::take));
    BOOST_TEST(asked.pidfs_inode == who.pidfs_inode);
    BOOST_TEST(asked.start_ticks == who.start_ticks);
    BOOST_TEST(connections.back()->attached.back()->size() == 1u);
    watcher.forget();
  }
}

BOOST_AUTO_TEST_CASE(sockets_are_held_again_by_the_next_keeper) {
  begin();
  greet();
  watch(3, false);
  const auto sockets = std::make_shared<const std::vector<os::fd>>();
  tell(link, hold_sockets{3, sockets});
  BOOST_TEST(sent() == "1:0/0 7:3/0");
  lose();
  greet();
  BOOST_TEST(sent() == "1:0/0 7:3/0");
  BOOST_TEST((connections[1]->attached.back() == sockets));
  tell(link, unwatch_child{3});
  BOOST_TEST(sent() == "1:0/0 7:3/0 7:3/0");
  BOOST_TEST(!connections[1]->attached.back());
}

BOOST_AUTO_TEST_CASE(sockets_that_the_keeper_holds_come_with_the_comparison) {
  begin();
  const auto sockets = std::make_shared<const std::vector<os::fd>>();
  say(message(wire::kind::welcome));
  tell(link, keeper_said{1, message(wire::kind::held, 3), sockets});
  say(message(wire::kind::listed));
  watch(3, true);
  BOOST_TEST((watcher.only<reconcile>().sockets == sockets));
}

BOOST_AUTO_TEST_CASE(a_rebuilt_watcher_is_told_how_far_its_process_is) {
  begin();
  greet();
  watch(3, false);
  const auto held = [&] {
    watcher.forget();
    watch(3, true);
    return watcher.only<reconcile>().slot;
  };
  BOOST_TEST(!held());
  auto spawned = slot(3, 5, wire::phase::running);
  spawned.pid = 42;
  say(spawned);
  BOOST_TEST((held()->how_far == wire::phase::gated));
  BOOST_TEST(held()->pid == 42);
  tell(link, release_child{3, 5});
  BOOST_TEST((held()->how_far == wire::phase::starting));
  say(message(wire::kind::started, 3, 5));
  BOOST_TEST((held()->how_far == wire::phase::running));
  say(slot(3, 5, wire::phase::ended));
  BOOST_TEST((held()->how_far == wire::phase::ended));
  say(slot(3, 5, wire::phase::empty));
  BOOST_TEST((held()->how_far == wire::phase::empty));
  tell(link, command_child{message(wire::kind::acknowledge, 3, 4)});
  BOOST_TEST(held().has_value());
  tell(link, command_child{message(wire::kind::acknowledge, 3, 5)});
  BOOST_TEST(!held());
}

BOOST_AUTO_TEST_SUITE_END()
