#include "actors/logger_runner.hpp"
#include "actors/os/logger_launch.hpp"
#include "test/support/actor_fixture.hpp"

using namespace hiisi;
using namespace hiisi::actors;

namespace wire = keeper_wire;

namespace {

struct fixture : test::actor_fixture {
  test::fake_actor keeper = make_fake();
  test::fake_actor process = make_fake();
  caf::actor loggers;

  fixture() {
    loggers
        = keep(spawn_logger_runner(system(), keeper, "/usr/sbin/hiisi-logger"));
    run();
  }

  void ask(bool timestamps, bool terminal) {
    auto spec = std::make_shared<core::process_spec>();
    spec->timestamps = timestamps;
    spec->terminal = terminal;
    auto launch = std::make_shared<os::launch_spec>();
    launch->uid = 1000;
    launch->gid = 100;
    launch->argv = {"./web", "-x"};
    launch->env = {{"TZ", "CET-1"}, {"SECRET", "x"}};
    launch->cwd = "/home/alice";
    launch->log_directory = "/home/alice/.logs";
    launch->output_log = "/home/alice/.logs/7-web.out";
    launch->error_log = "/home/alice/.logs/7-web.err";
    tell(loggers,
         start_logger{3, std::move(spec), std::move(launch), nullptr, process});
  }
  void hear(child_news what, wire::phase how_far) {
    keeper_news news{what, {}};
    news.slot.id = news.slot.run = keeper.last<spawn_child>().id;
    news.slot.how_far = how_far;
    tell(loggers, news);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(logger_runner, fixture)

BOOST_AUTO_TEST_CASE(a_logger_is_started_beside_the_program) {
  ask(true, false);
  const auto logger = keeper.only<spawn_child>();
  BOOST_TEST(os::is_logger_run(logger.id));
  BOOST_TEST(logger.launch->uid == 1000u);
  BOOST_TEST(logger.launch->output_log == "/home/alice/.logs/7-web.out");
  BOOST_TEST(logger.launch->argv.at(1) == "--copy-stamped");
  // It needs the zone alone.
  BOOST_TEST(logger.launch->env.size() == 1u);
  BOOST_TEST(logger.launch->env.at("TZ") == "CET-1");
  const auto ready = process.only<logger_ready>();
  BOOST_TEST(ready.run == 3u);
  BOOST_TEST((ready.launch->argv
              == std::vector<std::string>{"/usr/sbin/hiisi-logger", "--become",
                                          "./web", "-x"}));
  BOOST_TEST(ready.sockets->size() == 1u);
  // What is held for the logger is held for its start alone.
  const auto held = keeper.all<hold_sockets>();
  BOOST_TEST_REQUIRE(held.size() == 2u);
  BOOST_TEST(held[0].sockets->size() == 1u);
  BOOST_TEST(!held[1].sockets);
}

BOOST_AUTO_TEST_CASE(a_terminal_is_asked_for_by_the_program_s_side) {
  ask(false, true);
  BOOST_TEST(keeper.only<spawn_child>().launch->argv.at(1) == "--copy");
  BOOST_TEST(process.only<logger_ready>().launch->argv.at(1)
             == "--become-at-terminal");
}

BOOST_AUTO_TEST_CASE(its_gate_is_opened_and_its_end_acknowledged) {
  ask(true, false);
  hear(child_news::spawned, wire::phase::gated);
  BOOST_TEST(keeper.only<release_child>().id == keeper.last<spawn_child>().id);
  hear(child_news::started, wire::phase::running);
  BOOST_TEST(keeper.count<command_child>() == 0u);
  hear(child_news::exited, wire::phase::empty);
  BOOST_TEST(
      (keeper.only<command_child>().what.what == wire::kind::acknowledge));
  BOOST_TEST(keeper.count<unwatch_child>() == 1u);
}

BOOST_AUTO_TEST_CASE(each_has_a_number_of_its_own) {
  ask(true, false);
  ask(true, false);
  const auto both = keeper.all<spawn_child>();
  BOOST_TEST_REQUIRE(both.size() == 2u);
  BOOST_TEST(both[0].id != both[1].id);
}

BOOST_AUTO_TEST_CASE(one_that_was_lost_with_the_keeper_is_forgotten) {
  ask(true, false);
  const auto id = keeper.only<spawn_child>().id;
  tell(loggers, reconcile{std::nullopt, id});
  BOOST_TEST(keeper.only<unwatch_child>().id == id);
}

BOOST_AUTO_TEST_SUITE_END()
