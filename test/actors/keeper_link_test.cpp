#include "actors/keeper_link.hpp"
#include "actors/os/process_identity.hpp"
#include "test/support/actor_fixture.hpp"

#include <cerrno>

#include <unistd.h>

using namespace hiisi;
using namespace hiisi::actors;
using namespace std::chrono_literals;
namespace wire = keeper_wire;

namespace {

struct fixture : test::actor_fixture {
  /// What the far end of one connection has got.
  struct far_end {
    std::vector<wire::message> got;
    std::vector<os::sockets_ptr> attached;
    std::vector<uint32_t> released;
    size_t blocks = 0;
    bool open = true;
  };

  struct fake_connection : keeper_connection {
    explicit fake_connection(std::shared_ptr<far_end> to)
        : end(std::move(to)) {}
    ~fake_connection() override { end->open = false; }
    void send(const wire::message& what, os::sockets_ptr attached) override {
      end->got.push_back(what);
      end->attached.push_back(std::move(attached));
    }
    void spawn(const wire::message& what, os::fd launch_block) override {
      end->got.push_back(what);
      end->blocks += launch_block ? 1 : 0;
    }
    void release(uint32_t id) override { end->released.push_back(id); }
    std::shared_ptr<far_end> end;
  };

  std::vector<std::shared_ptr<far_end>> connections;
  int dialled = 0;
  bool reachable = true;
  int ready = 0;
  std::vector<std::string> warnings;
  uint32_t first_unrecorded = UINT32_MAX;
  test::fake_actor watcher = make_fake();
  caf::actor link;

  void begin() {
    link = keep(spawn_keeper_link(
        system(),
        [this](const caf::actor&, uint64_t number)
            -> protocol::result<std::unique_ptr<keeper_connection>> {
          ++dialled;
          BOOST_TEST(number == static_cast<uint64_t>(dialled));
          if (!reachable)
            return protocol::make_error(protocol::errc::unavailable, "refused");
          connections.push_back(std::make_shared<far_end>());
          return std::unique_ptr<keeper_connection>{
              std::make_unique<fake_connection>(connections.back())};
        },
        {[this] { ++ready; },
         [this](std::string_view text) { warnings.emplace_back(text); },
         std::make_shared<core::tallies>(), first_unrecorded}));
    run();
  }

  /// The keeper says it, on its latest connection.
  void say(wire::message m) {
    tell(link, keeper_said{static_cast<uint64_t>(dialled), m});
  }
  static wire::message message(wire::kind what, uint32_t id = 0,
                               uint32_t run = 0) {
    wire::message m;
    m.what = what;
    m.id = id;
    m.run = run;
    m.value = what == wire::kind::welcome ? wire::version : 0;
    return m;
  }
  static wire::message slot(uint32_t id, uint32_t run, wire::phase how_far) {
    auto m = message(wire::kind::slot, id, run);
    m.how_far = how_far;
    return m;
  }
  void greet(std::initializer_list<wire::message> slots = {}) {
    say(message(wire::kind::welcome));
    for (const auto& s : slots)
      say(s);
    say(message(wire::kind::listed));
  }
  void lose() { tell(link, keeper_lost{static_cast<uint64_t>(dialled)}); }
  void watch(uint32_t id, bool recovered) {
    tell(link, watch_child{id, watcher, recovered});
  }
  std::string sent() const { return text_of(connections.back()->got); }
  static std::string text_of(const std::vector<wire::message>& all) {
    std::string out;
    for (const auto& m : all)
      out += (out.empty() ? "" : " ") + std::to_string(static_cast<int>(m.what))
             + ":" + std::to_string(m.id) + "/" + std::to_string(m.run);
    return out;
  }
  spawn_child spawn(uint32_t id, uint32_t run) {
    auto launch = std::make_shared<os::launch_spec>();
    launch->uid = 1000;
    launch->argv = {"/bin/true"};
    launch->cwd = "/";
    launch->log_directory = "/l";
    launch->output_log = "/l/o";
    launch->error_log = "/l/e";
    return {id, run, launch, watcher};
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(keeper_link, fixture)

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
  for (auto kind :
       {wire::kind::signal, wire::kind::kill, wire::kind::acknowledge})
    tell(link, command_child{message(kind, 3, 1)});
  BOOST_TEST(sent() == "1:0/0 3:3/1 4:3/1 5:3/1");
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
  advance(9s);
  BOOST_TEST(sent() == "1:0/0");
  advance(12s);
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

BOOST_AUTO_TEST_CASE(what_was_killed_within_execve_has_not_started) {
  begin();
  greet();
  watch(3, false);
  say(slot(3, 1, wire::phase::running));
  tell(link, release_child{3, 1});
  advance(21s);
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

BOOST_AUTO_TEST_CASE(a_lost_keeper_is_dialled_at_once_and_everything_compared) {
  begin();
  watch(3, false);
  watch(4, false);
  greet();
  say(slot(3, 5, wire::phase::running));
  watcher.forget();
  lose();
  BOOST_TEST(!connections[0]->open);
  BOOST_TEST_REQUIRE(connections.size() == 2u);
  BOOST_TEST(sent() == "1:0/0");
  // What it held before says nothing of what it holds now.
  BOOST_TEST(watcher.empty());
  tell(link, spawn(3, 6));
  BOOST_TEST(watcher.count<spawn_impossible>() == 1u);
  greet({slot(4, 2, wire::phase::running)});
  auto told = watcher.all<reconcile>();
  BOOST_TEST_REQUIRE(told.size() == 2u);
  BOOST_TEST((told[0].slot.has_value() != told[1].slot.has_value()));
  BOOST_TEST(ready == 1);
  BOOST_TEST(warnings.size() == 1u);
}

BOOST_AUTO_TEST_CASE(waits_between_dials_grow_up_to_a_second) {
  begin();
  greet();
  reachable = false;
  lose();
  std::vector<int> at;
  for (int ms = 0; ms < 6000; ms += 10) {
    if (dialled > static_cast<int>(at.size()) + 1)
      at.push_back(ms);
    advance(10ms, 10ms);
  }
  const std::vector<int> expected{0,    20,   60,   140,  300, 620,
                                  1260, 2260, 3260, 4260, 5260};
  BOOST_TEST(at == expected, boost::test_tools::per_element());
  reachable = true;
  advance(1s, 10ms);
  BOOST_TEST(connections.size() == 2u);
  greet();
  lose();
  BOOST_TEST(connections.size() == 3u);
}

BOOST_AUTO_TEST_CASE(an_unreachable_keeper_is_told_of_once) {
  reachable = false;
  begin();
  advance(60s);
  BOOST_TEST(warnings.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_keeper_that_hangs_up_at_once_is_not_dialled_in_a_spin) {
  begin();
  for (int i = 0; i < 1000; ++i) {
    lose();
    advance(10ms, 10ms);
  }
  BOOST_TEST(dialled < 30);
}

BOOST_AUTO_TEST_CASE(what_an_old_connection_says_is_ignored) {
  begin();
  watch(3, false);
  greet();
  lose();
  greet();
  watcher.forget();
  tell(link, keeper_said{1, slot(3, 1, wire::phase::empty)});
  tell(link, keeper_lost{1});
  BOOST_TEST(watcher.empty());
  BOOST_TEST(connections.size() == 2u);
  BOOST_TEST(connections[1]->open);
}

BOOST_AUTO_TEST_CASE(a_strangers_slot_is_forgotten_with_its_connection) {
  begin();
  greet({slot(9, 1, wire::phase::running)});
  lose();
  warnings.clear();
  greet();
  advance(10s);
  BOOST_TEST(warnings.empty());
}

BOOST_AUTO_TEST_CASE(it_sleeps_while_nothing_happens) {
  begin();
  greet();
  BOOST_TEST(!has_timers());
}

BOOST_AUTO_TEST_SUITE_END()
