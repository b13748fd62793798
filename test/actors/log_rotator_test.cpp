#include "actors/caf_compat.hpp"
#include "actors/log_rotator.hpp"
#include "actors/os/rotation_launch.hpp"
#include "test/support/actor_fixture.hpp"
#include "test/support/fake_keeper.hpp"
#include "test/support/people.hpp"

#include <unistd.h>

using namespace hiisi;
using namespace hiisi::actors;
using namespace std::chrono_literals;

namespace {

struct fixture : test::actor_fixture {
  test::fake_keeper keeper{*this};
  core::tallies_ptr tallies = std::make_shared<core::tallies>();
  std::vector<std::string> warnings;
  std::optional<std::chrono::nanoseconds> cpu;
  test::fake_actor supervisor = make_fake();
  shown_writers shown;
  bool answers = true;
  caf::actor logs;

  fixture() {
    keeper.slow = false;
    supervisor.react([this](const caf::message& m) {
      if (answers && m.match_elements<show_writers>())
        send(m.get_as<show_writers>(0).asker, shown);
    });
    log_rotator_setup setup;
    setup.keeper = keeper;
    setup.policy = std::make_shared<core::log_policy>();
    setup.program = "/usr/sbin/hiisi-rotate";
    setup.tallies = tallies;
    setup.cpu = [this](uint32_t, uint32_t, int32_t) { return cpu; };
    setup.warn = [this](std::string_view text) { warnings.emplace_back(text); };
    logs = keep(spawn_log_rotator(system(), std::move(setup)));
    run();
  }
  ~fixture() {
    shown.all.clear();
    for (int i = 0; i < 20 && has_timers(); ++i)
      advance(60s, 10s);
  }

  void begin() {
    shown.uid = 1000;
    shown.owner = test::alice;
    shown.all = {{7, 4711, "web", {}}};
    tell(logs, writing_began{1000, supervisor});
  }
  size_t runs() { return keeper.actor().count<spawn_child>(); }
  /// Ends the run that is under way as hiisi-rotate does.
  void end_run(const core::rotation_report& report) {
    const auto passed = keeper.actor().last<hold_sockets>().sockets;
    const auto text = core::write_report(report);
    BOOST_TEST_REQUIRE(
        ::pwrite(passed->front().get(), text.data(), text.size(), 0)
        == std::ssize(text));
    keeper.end(keeper.processes.rbegin()->first, 0);
    run();
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(log_rotator_actor, fixture)

BOOST_AUTO_TEST_CASE(it_sleeps_while_nothing_runs) {
  BOOST_TEST(!has_timers());
  begin();
  BOOST_TEST(has_timers());
  shown.all.clear();
  advance(11s, 1s);
  BOOST_TEST(supervisor.count<show_writers>() == 1u);
  BOOST_TEST(!has_timers());
  BOOST_TEST(runs() == 0u);
  begin(); // As its supervisor says when something runs again.
  advance(11s, 1s);
  BOOST_TEST(runs() == 1u);
  end_run({});
}

BOOST_AUTO_TEST_CASE(one_run_as_the_user_looks_at_all_of_theirs) {
  begin();
  shown.all.push_back({9, 4712, "a b", {65536, 2}});
  shown.all.push_back({10, 4713, "off", {0, std::nullopt}});
  advance(11s, 1s);
  BOOST_TEST_REQUIRE(runs() == 1u);
  const auto asked_for = keeper.actor().last<spawn_child>();
  BOOST_TEST(asked_for.id >= os::first_rotation_run);
  BOOST_TEST(asked_for.launch->uid == 1000u);
  const std::vector<std::string> argv{
      "/usr/sbin/hiisi-rotate", "/home/alice/.logs", "10485760:5:7-web.out",
      "10485760:5:7-web.err",   "65536:2:9-a-b.out", "65536:2:9-a-b.err"};
  BOOST_TEST(asked_for.launch->argv == argv, boost::test_tools::per_element());
  end_run({true, 2, 20'000'000, 1});
  BOOST_TEST(keeper.take_orders().find("acknowledge") != std::string::npos);
  const auto counted = tallies->read();
  BOOST_TEST(counted.log_segments == 2u);
  BOOST_TEST(counted.log_bytes_rotated == 20'000'000u);
  BOOST_TEST(counted.log_failures == 1u);
}

BOOST_AUTO_TEST_CASE(growing_logs_are_looked_at_each_round_and_others_seldom) {
  begin();
  for (size_t i = 1; i <= 5; ++i) {
    advance(10s, 1s);
    BOOST_TEST_REQUIRE(runs() == i);
    end_run({true, 0, 0, 0});
  }
  advance(10s, 1s);
  end_run({false, 0, 0, 0});
  const auto before = runs();
  advance(49s, 1s);
  BOOST_TEST(runs() == before);
  advance(11s, 1s);
  BOOST_TEST(runs() == before + 1);
  end_run({});
}

BOOST_AUTO_TEST_CASE(a_look_that_found_nothing_leaves_a_minute_of_quiet) {
  begin();
  advance(10s, 1s);
  BOOST_TEST_REQUIRE(runs() == 1u);
  end_run({false, 0, 0, 0});
  advance(2s, 1s);
  const auto card = roster::instance().find(logs.id());
  BOOST_TEST_REQUIRE((card != nullptr));
  const auto before = card->handled.load();
  advance(45s, 1s);
  BOOST_TEST(card->handled.load() == before);
}

BOOST_AUTO_TEST_CASE(nobody_is_started_where_no_cpu_time_was_used) {
  cpu = 5s;
  begin();
  advance(11s, 1s);
  BOOST_TEST_REQUIRE(runs() == 1u);
  end_run({true, 0, 0, 0});
  cpu = 5s + 100us;
  advance(10min, 1s);
  BOOST_TEST(runs() == 1u);
  // One wake-up in 60 s, after the first that found nothing.
  BOOST_TEST(supervisor.count<show_writers>() <= 12u);
  cpu = 5s + 3ms;
  advance(61s, 1s);
  BOOST_TEST(runs() == 2u);
  end_run({});
}

BOOST_AUTO_TEST_CASE(a_run_that_hangs_is_alone_and_is_killed) {
  begin();
  advance(61s, 1s);
  BOOST_TEST(runs() == 1u);
  keeper.take_orders();
  advance(4min, 1s);
  BOOST_TEST(keeper.take_orders().find("kill") == std::string::npos);
  advance(30s, 1s);
  BOOST_TEST(keeper.take_orders().find("kill") != std::string::npos);
  advance(11s, 1s);
  BOOST_TEST(runs() == 2u); // The next one finishes its work.
  end_run({});
}

BOOST_AUTO_TEST_CASE(a_supervisor_that_failed_holds_nobody_up) {
  auto other = make_fake();
  answers = false;
  begin();
  tell(logs, writing_began{1001, other});
  advance(11s, 1s);
  BOOST_TEST(other.count<show_writers>() == 1u);
  crash(other);
  answers = true;
  crash(supervisor);
  BOOST_TEST(!has_timers());
  supervisor = make_fake();
  supervisor.react([this](const caf::message& m) {
    if (m.match_elements<show_writers>())
      send(m.get_as<show_writers>(0).asker, shown);
  });
  begin(); // As the next one of that user says.
  advance(11s, 1s);
  BOOST_TEST(runs() == 1u);
  end_run({});
}

BOOST_AUTO_TEST_CASE(what_cannot_be_started_is_said) {
  keeper.impossible = "no keeper";
  begin();
  advance(11s, 1s);
  BOOST_TEST_REQUIRE(warnings.size() == 1u);
  BOOST_TEST(warnings[0].find("no keeper") != std::string::npos);
  BOOST_TEST(tallies->read().log_failures == 1u);
  keeper.impossible.reset();
  advance(61s, 1s);
  BOOST_TEST(runs() == 2u);
  end_run({});
}

BOOST_AUTO_TEST_SUITE_END()
