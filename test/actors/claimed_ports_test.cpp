// What a user_supervisor does about the ports of its processes.
#include "actors/user_supervisor.hpp"
#include "test/support/actor_fixture.hpp"
#include "test/support/fake_keeper.hpp"
#include "test/support/fake_store.hpp"
#include "test/support/people.hpp"

#include <cerrno>

using namespace hiisi;
using namespace hiisi::actors;
using protocol::errc;
using protocol::make_error;
using test::alice;

namespace {

using numbers = std::vector<uint16_t>;

struct fixture : test::actor_fixture {
  test::fake_actor host = make_fake();
  test::fake_actor directory = make_fake();
  test::fake_actor session = make_fake();
  test::fake_actor ports = make_fake();
  test::fake_keeper keeper{*this};
  test::fake_store store{*this};
  caf::actor supervisor;
  uint64_t sequence = 0;
  /// What the registry gives.
  protocol::result<std::vector<protocol::process_port>> given{
      std::vector<protocol::process_port>{{8080, "web", false, true}, {17198}}};
  numbers fresh{17198};

  fixture() {
    keeper.obeys_signals = true;
    ports.react([this](const caf::message& m) {
      if (m.match_elements<claim_ports>()) {
        const auto& claim = m.get_as<claim_ports>(0);
        send(claim.asker, ports_claimed{claim.id, given, fresh});
      } else if (m.match_elements<look_at_ports>()) {
        const auto& look = m.get_as<look_at_ports>(0);
        send(look.asker, ports_looked_at{look.run, {}});
      }
    });
    supervisor = keep(spawn_user_supervisor(
        *self(), 1000, {host, keeper, store, directory, {}, ports}, {}));
    run();
  }

  static protocol::run_request command() {
    protocol::run_request r;
    r.argv = {"./web", "--port", "{port}", "{port:web}"};
    r.cwd = "/home/alice/site";
    r.ports = {{{}, "web"}, {}};
    return r;
  }
  void start(uint32_t id, protocol::run_request what = command()) {
    tell(supervisor,
         run_as{id, test::submit(session, ++sequence, alice, std::move(what))});
  }
  void remove(uint32_t id, std::optional<bool> free_ports = std::nullopt) {
    tell(supervisor, test::submit(session, ++sequence, alice,
                                  protocol::remove_request{id, free_ports}));
  }
  template <class Payload>
  Payload answer_as() const {
    const auto last = session.last<answer>();
    BOOST_TEST_REQUIRE(last.sequence == sequence);
    BOOST_TEST_REQUIRE(std::holds_alternative<Payload>(*last.what));
    return std::get<Payload>(*last.what);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(claimed_ports, fixture)

BOOST_AUTO_TEST_CASE(a_run_has_its_ports_before_it_is_defined) {
  auto what = command();
  what.name = "site";
  what.listen = "127.0.0.1";
  start(5, what);
  const auto claim = ports.only<claim_ports>();
  BOOST_TEST(claim.id == 5u);
  BOOST_TEST(claim.name == "site");
  BOOST_TEST(claim.owner->uid == 1000u);
  BOOST_TEST((claim.wishes == what.ports));
  const auto spec = *store.last_record().spec;
  BOOST_TEST((spec.argv
              == std::vector<std::string>{"./web", "--port", "8080", "8080"}));
  BOOST_TEST((spec.ports == *given));
  BOOST_TEST((spec.listen == what.listen));
}

BOOST_AUTO_TEST_CASE(a_run_is_answered_with_its_ports_and_status_shows_them) {
  start(5);
  BOOST_TEST((answer_as<protocol::process_started>().ports == *given));
  tell(supervisor, test::submit(session, ++sequence, test::bob,
                                protocol::status_request{5u}));
  const auto seen = answer_as<protocol::status_list>().entries.front();
  BOOST_TEST(!seen.full);
  BOOST_TEST((seen.ports == *given));
  BOOST_TEST(!seen.held);
}

BOOST_AUTO_TEST_CASE(without_its_ports_there_is_no_process) {
  given = make_error(errc::conflict, "port 8080 has been allocated to bert");
  start(5);
  BOOST_TEST(answer_as<protocol::error>().message
             == "port 8080 has been allocated to bert");
  BOOST_TEST(host.only<id_released>().id == 5u);
  BOOST_TEST(keeper.actor().count<spawn_child>() == 0u);
}

BOOST_AUTO_TEST_CASE(a_command_that_cannot_be_filled_in_costs_no_port) {
  auto what = command();
  what.argv.push_back("{port:admin}");
  start(5, what);
  BOOST_TEST((answer_as<protocol::error>().code == errc::invalid_argument));
  BOOST_TEST(ports.count<claim_ports>() == 0u);
  BOOST_TEST(host.only<id_released>().id == 5u);
}

BOOST_AUTO_TEST_CASE(a_run_that_fails_leaves_the_ports_as_they_were) {
  keeper.execve_error = ENOENT;
  start(5);
  BOOST_TEST((answer_as<protocol::error>().code == errc::start_failed));
  const auto back = ports.only<release_ports>();
  BOOST_TEST(back.id == 5u);
  BOOST_TEST((back.free == fresh));
  BOOST_TEST(!back.reply_to.session);
}

BOOST_AUTO_TEST_CASE(a_name_that_was_taken_meanwhile_gives_the_ports_back) {
  std::vector<claim_ports> waiting;
  ports.react([&](const caf::message& m) {
    if (m.match_elements<claim_ports>())
      waiting.push_back(m.get_as<claim_ports>(0));
    else if (m.match_elements<look_at_ports>())
      send(m.get_as<look_at_ports>(0).asker,
           ports_looked_at{m.get_as<look_at_ports>(0).run, {}});
  });
  auto what = command();
  what.name = "site";
  start(5, what);
  start(6, what);
  BOOST_TEST_REQUIRE(waiting.size() == 2u);
  tell(supervisor, ports_claimed{5, given, {}});
  tell(supervisor, ports_claimed{6, given, fresh});
  BOOST_TEST((answer_as<protocol::error>().code == errc::conflict));
  const auto back = ports.only<release_ports>();
  BOOST_TEST(back.id == 6u);
  BOOST_TEST((back.free == fresh));
}

BOOST_AUTO_TEST_CASE(removing_gives_back_what_nobody_named) {
  start(5);
  remove(5);
  auto back = ports.only<release_ports>();
  BOOST_TEST((back.ports == numbers{8080, 17198}));
  BOOST_TEST((back.free == numbers{17198}));
  // The registry answers once it is on disk.
  BOOST_TEST((back.reply_to.session == session.handle()));
  BOOST_TEST(back.reply_to.sequence == sequence);
  BOOST_TEST(session.last<answer>().sequence < sequence);
}

BOOST_AUTO_TEST_CASE(removing_does_as_was_said) {
  start(5);
  remove(5, true);
  BOOST_TEST((ports.only<release_ports>().free == numbers{8080, 17198}));
  ports.forget();
  start(6);
  remove(6, false);
  BOOST_TEST(ports.only<release_ports>().free.empty());
}

BOOST_AUTO_TEST_CASE(a_port_that_another_process_uses_stays) {
  start(5);
  start(6);
  remove(5, true);
  BOOST_TEST(ports.last<release_ports>().free.empty());
  remove(6, true);
  BOOST_TEST((ports.last<release_ports>().free == numbers{8080, 17198}));
}

BOOST_AUTO_TEST_CASE(what_has_no_ports_asks_nobody) {
  auto what = command();
  what.ports.clear();
  start(5, what);
  remove(5);
  answer_as<protocol::process_removed>();
  BOOST_TEST(ports.empty());
  BOOST_TEST((store.last_record().spec->argv == what.argv));
}

BOOST_AUTO_TEST_SUITE_END()
