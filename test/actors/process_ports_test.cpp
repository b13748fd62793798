// What a process_actor does about ports.
#include "actors/os/held_port.hpp"
#include "actors/process_actor.hpp"
#include "test/support/actor_fixture.hpp"
#include "test/support/fake_keeper.hpp"
#include "test/support/fake_store.hpp"
#include "test/support/people.hpp"

#include <cerrno>

#include <netinet/in.h>
#include <sys/socket.h>

using namespace hiisi;
using namespace hiisi::actors;
using namespace std::chrono_literals;
using protocol::errc;
using protocol::make_error;
using protocol::process_state;
using protocol::restart_policy;
using test::crashed;

namespace {

constexpr uint32_t id = 7;
struct fixture : test::actor_fixture {
  test::fake_actor supervisor = make_fake();
  test::fake_actor ports = make_fake();
  test::fake_keeper keeper{*this};
  test::fake_store store{*this};
  caf::actor process;
  uint64_t last_operation = 0;
  uint16_t port = 0;

  /// Nobody but the process listens on its port; or else `taken` says who.
  fixture() {
    keeper.obeys_signals = true;
    ports.react([this](const caf::message& m) {
      if (m.match_elements<look_at_ports>()) {
        const auto& look = m.get_as<look_at_ports>(0);
        send(look.asker, ports_looked_at{look.run, taken});
      }
    });
    // A port that is free: it was the kernel's choice a moment ago.
    os::fd probe(::socket(AF_INET6, SOCK_STREAM, 0));
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    socklen_t size = sizeof address;
    auto* plain = reinterpret_cast<sockaddr*>(&address);
    BOOST_TEST_REQUIRE(::bind(probe.get(), plain, size) == 0);
    BOOST_TEST_REQUIRE(::getsockname(probe.get(), plain, &size) == 0);
    port = ntohs(address.sin6_port);
  }

  protocol::result<void> taken;

  core::process_record record_of(restart_policy policy, bool listen,
                                 process_state state = process_state::stopped) {
    auto spec = std::make_shared<core::process_spec>();
    spec->id = id;
    spec->name = "web";
    spec->uid = 1000;
    spec->user = "alice";
    spec->argv = {"./web"};
    spec->cwd = "/home/alice";
    spec->policy = policy;
    spec->ports = {{port, "web", false, true}};
    if (listen)
      spec->listen = "";
    core::process_record record;
    record.spec = std::move(spec);
    record.state = state;
    return record;
  }

  void begin(restart_policy policy, bool listen) {
    begin_with(record_of(policy, listen));
  }
  void begin_with(core::process_record record, bool recovered = false) {
    process = keep(spawn_process_actor(
        *self(), {supervisor, keeper, store, {}, ports},
        {std::move(record), {}, test::alice, recovered, std::nullopt}));
    run();
  }
  void have(operation_kind kind) {
    tell(process, operate{++last_operation, kind});
  }
  void come_up(bool listen) {
    begin(restart_policy::always, listen);
    have(operation_kind::start);
    BOOST_TEST_REQUIRE(state() == "running");
    keeper.take_orders();
    ports.forget();
  }
  std::string outcome() const {
    const auto done = supervisor.last<operation_done>();
    return done.outcome.ok() ? "ok" : done.outcome.failure().message;
  }
  process_view seen() const { return *supervisor.last<process_changed>().view; }
  std::string state() const {
    return std::string{to_string(seen().record.state)};
  }
  void end() {
    keeper.end(id, crashed);
    run();
  }

  os::sockets_ptr held() { return keeper.actor().last<hold_sockets>().sockets; }

  /// An errno, or 0.
  int connecting() const {
    os::fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return ::connect(socket.get(), reinterpret_cast<sockaddr*>(&address),
                     sizeof address)
                   == 0
               ? 0
               : errno;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(process_ports, fixture)

// -- ports that the program binds ---------------------------------------------

BOOST_AUTO_TEST_CASE(a_start_asks_who_listens_and_goes_on) {
  begin(restart_policy::no, false);
  have(operation_kind::start);
  const auto look = ports.only<look_at_ports>();
  BOOST_TEST(look.id == id);
  BOOST_TEST(look.uid == 1000u);
  BOOST_TEST((look.ports == seen().record.spec->ports));
  BOOST_TEST(keeper.take_orders() == "spawn 7/1, release 7/1");
  BOOST_TEST(keeper.actor().only<spawn_child>().launch->env.at("PORT")
             == std::to_string(port));
  BOOST_TEST(keeper.actor().only<spawn_child>().launch->env.at("PORT_WEB")
             == std::to_string(port));
  BOOST_TEST(outcome() == "ok");
}

BOOST_AUTO_TEST_CASE(a_taken_port_says_who_has_it_and_nothing_is_started) {
  taken = make_error(errc::conflict, "bert listens on port 8080 (web)");
  begin(restart_policy::always, false);
  have(operation_kind::start);
  BOOST_TEST(keeper.take_orders() == "");
  BOOST_TEST(outcome() == "could not start: bert listens on port 8080 (web)");
  BOOST_TEST(state() == "failed");
}

BOOST_AUTO_TEST_CASE(a_restart_waits_until_the_port_is_free_again) {
  come_up(false);
  taken = make_error(errc::conflict, "bert listens on port 8080 (web)");
  end();
  BOOST_TEST(state() == "backoff");
  BOOST_TEST(seen().record.reason
             == "could not start: bert listens on port 8080 (web)");
  advance(10min, 1s);
  BOOST_TEST(state() == "backoff");
  BOOST_TEST(keeper.actor().count<spawn_child>() == 1u);
  taken = {};
  advance(70s, 1s);
  BOOST_TEST(state() == "running");
  BOOST_TEST(keeper.actor().count<spawn_child>() == 2u);
  BOOST_TEST(seen().record.restarts == 1u);
}

BOOST_AUTO_TEST_CASE(an_answer_that_comes_too_late_starts_nothing) {
  ports.react([](const caf::message&) {});
  begin(restart_policy::no, false);
  have(operation_kind::start);
  BOOST_TEST(state() == "starting");
  // The keeper was replaced meanwhile, so this start has failed.
  tell(process, reconcile{});
  BOOST_TEST(state() == "failed");
  const auto look = ports.only<look_at_ports>();
  tell(process, ports_looked_at{look.run, {}});
  BOOST_TEST(keeper.take_orders().find("spawn") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(nothing_is_held_without_being_asked_for) {
  come_up(false);
  have(operation_kind::stop);
  have(operation_kind::remove);
  BOOST_TEST(keeper.actor().count<hold_sockets>() == 0u);
  BOOST_TEST(ports.count<ports_held>() == 0u);
}

// -- ports that are held ------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_port_is_held_before_the_child_is_made) {
  begin(restart_policy::no, true);
  have(operation_kind::start);
  BOOST_TEST(state() == "running");
  BOOST_TEST_REQUIRE(held());
  BOOST_TEST(held()->size() == 1u);
  const auto report = ports.only<ports_held>();
  BOOST_TEST(report.id == id);
  BOOST_TEST(report.inodes.size() == 1u);
  BOOST_TEST(report.inodes.front() > 0u);
  BOOST_TEST(connecting() == 0);
  BOOST_TEST(keeper.actor().only<spawn_child>().launch->env.at("LISTEN_FDNAMES")
             == "web");
}

BOOST_AUTO_TEST_CASE(connections_wait_over_crashes_and_restarts) {
  come_up(true);
  for (int i = 0; i < 3; ++i) {
    end();
    BOOST_TEST(connecting() == 0);
    advance(5s);
    BOOST_TEST(state() == "running");
    have(operation_kind::restart);
    BOOST_TEST(connecting() == 0);
  }
  // The very same socket, so that who waits in its queue is not lost.
  BOOST_TEST(keeper.actor().count<hold_sockets>() == 1u);
}

BOOST_AUTO_TEST_CASE(what_was_stopped_refuses_and_keeps_its_port) {
  come_up(true);
  have(operation_kind::stop);
  BOOST_TEST(connecting() == ECONNREFUSED);
  BOOST_TEST(!os::hold_port({port}, "").ok());
  have(operation_kind::start);
  BOOST_TEST(state() == "running");
  BOOST_TEST(connecting() == 0);
  BOOST_TEST(keeper.actor().count<hold_sockets>() == 1u);
}

BOOST_AUTO_TEST_CASE(what_was_removed_lets_go) {
  come_up(true);
  have(operation_kind::remove);
  BOOST_TEST(!held());
  BOOST_TEST(ports.last<ports_held>().inodes.empty());
  // The keeper's copies are the test's here.
  keeper.actor().forget();
  BOOST_TEST(connecting() == ECONNREFUSED);
  BOOST_TEST(os::hold_port({port}, "").ok());
}

BOOST_AUTO_TEST_CASE(who_has_the_port_instead_is_asked_for) {
  auto other = os::hold_port({port}, "");
  BOOST_TEST_REQUIRE(other.ok());
  taken = make_error(errc::conflict, "bert listens on port 8080 (web)");
  begin(restart_policy::always, true);
  have(operation_kind::start);
  BOOST_TEST(outcome() == "could not start: bert listens on port 8080 (web)");
  taken = {};
  have(operation_kind::start);
  BOOST_TEST(outcome()
             == "could not start: port " + std::to_string(port) + " is in use");
  other->reset();
  have(operation_kind::start);
  BOOST_TEST(outcome() == "ok");
}

BOOST_AUTO_TEST_CASE(what_the_keeper_holds_is_taken_over) {
  auto made = os::hold_port({port}, "");
  BOOST_TEST_REQUIRE(made.ok());
  std::vector<os::fd> sockets;
  sockets.push_back(*std::move(made));
  reconcile found;
  found.sockets
      = std::make_shared<const std::vector<os::fd>>(std::move(sockets));
  begin_with(record_of(restart_policy::always, true, process_state::backoff),
             true);
  tell(process, found);
  advance(1s);
  BOOST_TEST(state() == "running");
  BOOST_TEST(keeper.actor().count<hold_sockets>() == 0u);
  BOOST_TEST(
      (ports.last<ports_held>().inodes
       == std::vector<uint64_t>{os::socket_inode(found.sockets->front())}));
}

BOOST_AUTO_TEST_CASE(after_a_boot_what_is_stopped_has_its_port_again) {
  begin_with(record_of(restart_policy::always, true), true);
  tell(process, reconcile{});
  BOOST_TEST_REQUIRE(held());
  BOOST_TEST(!os::hold_port({port}, "").ok());
}

BOOST_AUTO_TEST_CASE(a_keeper_without_room_fails_the_start) {
  begin(restart_policy::no, true);
  keeper.slow = true;
  have(operation_kind::start);
  BOOST_TEST(state() == "starting");
  keeper_wire::message no;
  no.error = ENOSPC;
  keeper.say(id, child_news::hold_refused, 0, no);
  run();
  BOOST_TEST(state() == "failed");
  BOOST_TEST(outcome().find("sockets already") != std::string::npos);
  BOOST_TEST(keeper.take_orders().find("kill") != std::string::npos);
  // Its port is not held in vain.
  keeper.actor().forget();
  BOOST_TEST(connecting() == ECONNREFUSED);
}

BOOST_AUTO_TEST_SUITE_END()
