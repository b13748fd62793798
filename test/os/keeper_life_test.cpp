#include "test/support/in_child.hpp"
#include "test/support/keeper_fixture.hpp"

#include <grp.h>

using namespace hiisi;
using test::keeper_fixture;
using wire_kind = keeper_wire::kind;
namespace fs = std::filesystem;

BOOST_AUTO_TEST_SUITE(keeper_life,
                      *boost::unit_test::precondition(test::as_root))

BOOST_AUTO_TEST_CASE(the_socket_is_the_daemons_alone) {
  constexpr auto daemon = keeper_fixture::user_uid;
  keeper_fixture keeper({.daemon = daemon});
  struct stat file {};
  BOOST_TEST_REQUIRE(::stat(keeper.socket().c_str(), &file) == 0);
  BOOST_TEST((file.st_mode & 07777) == 0600U);
  BOOST_TEST(file.st_uid == daemon);
  const auto greeted_as = [&keeper](uid_t uid) {
    return test::in_child([&] {
      if (::setgroups(0, nullptr) != 0 || ::setresuid(uid, uid, uid) != 0)
        return 9;
      auto talk = keeper.connect();
      keeper_wire::message hello;
      hello.what = wire_kind::hello;
      hello.value = keeper_wire::version;
      return talk.connected() && talk.send(hello) && talk.next() ? 0 : 1;
    });
  };
  BOOST_TEST(greeted_as(daemon) == 0);
  BOOST_TEST(greeted_as(daemon + 1) == 1);
  // Even where the socket lets it in, a foreign uid is not served.
  ::chmod(keeper.socket().c_str(), 0666);
  BOOST_TEST(greeted_as(daemon + 1) == 1);
  BOOST_TEST(greeted_as(daemon) == 0);
}

BOOST_AUTO_TEST_CASE(a_keeper_that_nobody_needs_ends) {
  keeper_fixture keeper({.guardian = true});
  {
    auto talk = keeper.connect();
    talk.greet();
    talk.start(1, keeper.spec({"sleep", "2"}));
  }
  // It waits for its service to end and the daemon to learn of it.
  BOOST_TEST(!test::wait_until(
      [&] { return ::waitpid(keeper.pid(), nullptr, WNOHANG) != 0; },
      std::chrono::milliseconds(12'000)));
  {
    auto talk = keeper.connect();
    BOOST_TEST(talk.greet().size() == 1U);
    talk.ask(wire_kind::acknowledge, 1);
    auto again = keeper.connect();
    BOOST_TEST(again.greet().empty());
  }
  BOOST_TEST(keeper_fixture::wait_for_end(keeper.pid()) == 0);
  keeper.set_pid(-1);
}

BOOST_AUTO_TEST_CASE(sigterm_ends_the_keeper_and_leaves_the_services) {
  keeper_fixture keeper;
  int service = 0;
  int gated = 0;
  {
    auto talk = keeper.connect();
    talk.greet();
    service = talk.start(1, keeper.spec({"sleep", "60"})).pid;
    gated = talk.spawned(2, keeper.spec({"sleep", "60"})).pid;
    ::kill(keeper.pid(), SIGTERM);
    BOOST_TEST(keeper_fixture::wait_for_end(keeper.pid()) == 0);
    keeper.set_pid(-1);
    BOOST_TEST(test::is_alive(gated));
  }
  // Its gate was the daemon's.
  BOOST_TEST(test::wait_until([gated] { return !test::is_alive(gated); }));
  BOOST_TEST(test::is_alive(service));
  ::kill(service, SIGKILL);
}

BOOST_AUTO_TEST_CASE(a_guardian_starts_a_dead_keeper_again) {
  keeper_fixture keeper({.guardian = true});
  const auto keeper_pid = [&keeper] {
    auto talk = keeper.connect();
    keeper_wire::message hello;
    hello.what = wire_kind::hello;
    hello.value = keeper_wire::version;
    const auto welcome
        = talk.connected() && talk.send(hello) ? talk.next() : std::nullopt;
    return welcome ? welcome->pid : 0;
  };
  const auto first = keeper_pid();
  BOOST_TEST(first > 0);
  BOOST_TEST(first != keeper.pid());
  ::kill(first, SIGKILL);
  int second = 0;
  BOOST_TEST(test::wait_until([&] {
    second = keeper_pid();
    return second > 0 && second != first;
  }));
  BOOST_TEST(!test::is_alive(first));
  // It ends with a keeper that ends well.
  BOOST_TEST(keeper_fixture::wait_for_end(keeper.pid()) == 0);
  keeper.set_pid(-1);
}

BOOST_AUTO_TEST_CASE(options_that_make_no_sense_are_refused) {
  const std::string program = HIISI_BIN_DIR "/hiisi-keeper";
  BOOST_TEST(test::run_program({program}) == 2);
  BOOST_TEST(test::run_program({program, "/x"}) == 2);
  BOOST_TEST(test::run_program({program, "/x", "0"}) == 2);
  BOOST_TEST(test::run_program({program, "/x", "0", "1", "/y", "more"}) == 2);
  // Standard input is no socket that listens.
  BOOST_TEST(test::run_program({program, "/x", "0", "1"}) == 2);
  BOOST_TEST(test::run_program({program, "--guardian", "/x", "0", "1"}) == 2);
  BOOST_TEST(test::run_program({program, "--help"}) == 0);
  BOOST_TEST(test::run_program({program, "--version"}) == 0);
}

BOOST_AUTO_TEST_CASE(a_storm_of_starts_is_served) {
  keeper_fixture keeper;
  auto talk = keeper.connect();
  talk.greet();
  constexpr uint32_t count = 500;
  for (uint32_t id = 1; id <= count; ++id)
    talk.send_spawn(id, keeper.spec({"true"}));
  uint32_t ended = 0;
  while (ended < count) {
    const auto got = talk.expect(wire_kind::slot);
    if (got.how_far == keeper_wire::phase::running)
      talk.release(got.id);
    if (got.how_far != keeper_wire::phase::empty)
      continue;
    BOOST_TEST(got.status == 0);
    talk.ask(wire_kind::acknowledge, got.id);
    ++ended;
  }
  auto again = keeper.connect();
  BOOST_TEST(again.greet().empty());
}

BOOST_AUTO_TEST_CASE(an_idle_keeper_does_not_wake) {
  keeper_fixture keeper;
  auto talk = keeper.connect();
  talk.greet();
  for (uint32_t id = 1; id <= 10; ++id)
    talk.start(id, keeper.spec({"sleep", "60"}));
  const auto switches = [&keeper] {
    return test::status_field(keeper.pid(), "voluntary_ctxt_switches") + "/"
           + test::status_field(keeper.pid(), "nonvoluntary_ctxt_switches");
  };
  // It goes to sleep after the last `started`.
  (void)talk.next(std::chrono::milliseconds(200));
  const auto before = switches();
  (void)talk.next(std::chrono::milliseconds(3000));
  BOOST_TEST(switches() == before);
}

BOOST_AUTO_TEST_SUITE_END()
