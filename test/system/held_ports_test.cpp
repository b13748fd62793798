// Ports that Hiisi listens on in a process's place.
#include "test/support/system_net.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <string>

using namespace hiisi::test;

namespace {

using words = std::vector<std::string>;

/// Crashes are followed by a restart within a second, however many.
const instance_options hasty{
    "restart: (backoff_max_s: 1, give_up_after: 1000),"};

uint16_t port_of(const instance& here, uint32_t id, int which = 0) {
  return static_cast<uint16_t>(
      here.status(alice(), id)["ports"][which]["port"].number());
}

words with(words options, words more) {
  options.insert(options.end(), more.begin(), more.end());
  return options;
}

/// A server on a port of its own, with these options of `run`.
uint32_t serve(const instance& here, words options) {
  const auto id = here.run_probe(alice(), {"serve", "{port}"},
                                 with({"--restart", "--port"}, options));
  here.wait_for_output(alice(), id, "ready");
  return id;
}

/// Ends its first process, and waits for another in its place.
void crash(const instance& here, uint32_t id) {
  const auto pid = here.pid_of(alice(), id);
  send_signal(pid, SIGKILL);
  BOOST_TEST_REQUIRE(wait_until(
      [&] {
        const auto now = here.status(alice(), id);
        return now["state"].str() == "running" && now["pid"].number() != pid;
      },
      patience));
}

void restart(const instance& here, uint32_t id) {
  const auto done = here.hiisi(alice(), {"restart", std::to_string(id)});
  BOOST_TEST(done.status == 0, done.err);
}

} // namespace

BOOST_AUTO_TEST_SUITE(held_ports)

BOOST_AUTO_TEST_CASE(no_connection_is_refused_over_crashes_and_restarts) {
  const instance here(hasty);
  const auto id = serve(here, {"--listen"});
  constant_load load(here, port_of(here, id));
  for (int i = 0; i < 10; ++i)
    crash(here, id);
  for (int i = 0; i < 10; ++i)
    restart(here, id);
  const auto seen = load.end();
  BOOST_TEST(seen.refused == 0);
  BOOST_TEST(seen.waiting == 0);
  BOOST_TEST(seen.answered > 0);
  // Only what a dying server had taken already may be lost, one each time.
  BOOST_TEST(seen.reset <= 20);
  BOOST_TEST_MESSAGE("answered " << seen.answered << ", reset " << seen.reset);
}

BOOST_AUTO_TEST_CASE(without_being_held_some_are_refused) {
  const instance here(hasty);
  const auto id = serve(here, {});
  constant_load load(here, port_of(here, id));
  for (int i = 0; i < 3; ++i)
    crash(here, id);
  restart(here, id);
  BOOST_TEST(load.end().refused > 0);
}

BOOST_AUTO_TEST_CASE(connections_wait_while_the_daemon_is_away) {
  instance here(hasty);
  const auto id = serve(here, {"--listen"});
  constant_load load(here, port_of(here, id));
  for (int i = 0; i < 3; ++i) {
    const auto pid = here.pid_of(alice(), id);
    here.kill_daemon();
    send_signal(pid, SIGKILL);
    BOOST_TEST(wait_until([&] { return !lives(pid); }, patience));
    here.start();
    here.wait_for(alice(), id, "running");
  }
  const auto seen = load.end();
  BOOST_TEST(seen.refused == 0);
  BOOST_TEST(seen.waiting == 0);
  BOOST_TEST(seen.answered > 0);
}

BOOST_AUTO_TEST_CASE(connections_wait_while_a_keeper_takes_anothers_place) {
  const instance here(hasty);
  const auto id = serve(here, {"--listen"});
  constant_load load(here, port_of(here, id));
  for (int i = 0; i < 2; ++i) {
    const auto keeper = here.keeper();
    BOOST_TEST_REQUIRE(keeper != 0);
    const auto pid = here.pid_of(alice(), id);
    send_signal(keeper, SIGKILL);
    send_signal(pid, SIGKILL);
    BOOST_TEST_REQUIRE(wait_until(
        [&] {
          const auto now = here.status(alice(), id);
          return now["state"].str() == "running" && now["pid"].number() != pid
                 && now["pid"].number() != 0;
        },
        patience));
  }
  const auto seen = load.end();
  BOOST_TEST(seen.refused == 0);
  BOOST_TEST(seen.waiting == 0);
  BOOST_TEST(seen.answered > 0);
}

BOOST_AUTO_TEST_CASE(it_is_one_socket_for_both_families) {
  const instance here;
  const auto id = serve(here, {"--listen"});
  const auto pid = std::to_string(here.pid_of(alice(), id)) + "\n";
  BOOST_TEST(answer_of(port_of(here, id)).value_or("") == pid);
  if (connecting_to(port_of(here, id), true) != EADDRNOTAVAIL)
    BOOST_TEST(answer_of(port_of(here, id), true).value_or("") == pid);
  BOOST_TEST(here.output(alice(), id).find("given 1 ") == 0u);
}

BOOST_AUTO_TEST_CASE(an_address_is_kept_to) {
  const instance here;
  const auto id = serve(here, {"--listen=127.0.0.1"});
  BOOST_TEST(connecting_to(port_of(here, id)) == 0);
  BOOST_TEST(connecting_to(port_of(here, id), true) != 0);
  const auto none = here.hiisi(
      alice(), {"run", "--listen=192.0.2.1", here.probe(), "wait"});
  BOOST_TEST(none.status == 1);
  BOOST_TEST(none.err.find("192.0.2.1 is no address of this host")
                 != std::string::npos,
             none.err);
}

BOOST_AUTO_TEST_CASE(sockets_are_given_in_order_and_by_name) {
  const instance here;
  const auto id
      = here.run_probe(alice(), {"serve"},
                       {"--port=web", "--port=dns/udp", "--port", "--listen"});
  here.wait_for_output(alice(), id, "ready");
  const auto third = std::to_string(port_of(here, id, 2));
  const auto said = here.output(alice(), id);
  BOOST_TEST(said.find("given 3 web:dns:" + third
                       + "\nsocket tcp 1\nsocket udp "
                         "0\nsocket tcp 1\n")
                 != std::string::npos,
             said);
  BOOST_TEST(here.status(alice(), id)["held"].is_true());
}

BOOST_AUTO_TEST_CASE(datagrams_wait_for_the_next_one) {
  const instance here(hasty);
  const auto id = here.run_probe(alice(), {"serve"},
                                 {"--restart", "--port=dns/udp", "--listen"});
  here.wait_for_output(alice(), id, "ready");
  send_datagram(port_of(here, id), "first");
  here.wait_for_output(alice(), id, "datagram first");
  // While it is stopped nobody reads; what came is there for the next.
  BOOST_TEST(here.hiisi(alice(), {"stop", std::to_string(id)}).status == 0);
  send_datagram(port_of(here, id), "second");
  BOOST_TEST(here.hiisi(alice(), {"start", std::to_string(id)}).status == 0);
  here.wait_for_output(alice(), id, "datagram second");
}

BOOST_AUTO_TEST_CASE(what_is_stopped_refuses_and_keeps_its_port) {
  instance here;
  const auto id = serve(here, {"--listen"});
  const auto name = std::to_string(id);
  const auto port = port_of(here, id);
  BOOST_TEST(!can_bind(alice(), port));
  BOOST_TEST(here.hiisi(alice(), {"stop", name}).status == 0);
  BOOST_TEST(wait_until([&] { return connecting_to(port) == ECONNREFUSED; },
                        patience));
  BOOST_TEST(!can_bind(alice(), port));
  // Nor do those who come after change that.
  here.kill_daemon();
  BOOST_TEST(!can_bind(alice(), port));
  here.start();
  BOOST_TEST(!can_bind(alice(), port));
  BOOST_TEST(connecting_to(port) == ECONNREFUSED);
  BOOST_TEST(here.hiisi(alice(), {"start", name}).status == 0);
  BOOST_TEST(answer_of(port).has_value());
  BOOST_TEST(here.hiisi(alice(), {"rm", name}).status == 0);
  BOOST_TEST(wait_until([&] { return can_bind(alice(), port); }, patience));
}

BOOST_AUTO_TEST_CASE(without_a_keeper_left_the_port_is_bound_anew) {
  instance here(hasty);
  const auto id = serve(here, {"--listen"});
  const auto port = port_of(here, id);
  const auto pid = here.pid_of(alice(), id);
  // As after a boot: nothing of it runs, and nobody holds anything.
  here.kill_daemon();
  for (int signal : {SIGSTOP, SIGKILL})
    for (const auto keeper : here.keepers())
      send_signal(keeper, signal);
  send_signal(pid, SIGKILL);
  BOOST_TEST(wait_until([&] { return here.keepers().empty() && !lives(pid); },
                        patience));
  BOOST_TEST(connecting_to(port) == ECONNREFUSED);
  here.start();
  // Until it has looked, the new daemon tells what is on record.
  BOOST_TEST(wait_until(
      [&] {
        const auto now = here.status(alice(), id)["pid"].number();
        return now != 0 && now != pid
               && answer_of(port).value_or("") == std::to_string(now) + "\n";
      },
      patience));
  here.wait_for(alice(), id, "running");
  BOOST_TEST(port_of(here, id) == port);
}

BOOST_AUTO_TEST_CASE(a_lookup_tells_for_which_process_a_port_is_held) {
  const instance here;
  const auto id = serve(here, {"--listen"});
  int found = 0;
  for (const auto& entry :
       here.hiisi_json(alice(), {"port", "lookup"})["ports"].items()) {
    if (entry["port"].number() != port_of(here, id))
      continue;
    ++found;
    BOOST_TEST(entry["active"].is_true());
    BOOST_TEST(entry["use"].str() == "listening");
    BOOST_TEST(entry["process"]["id"].number() == id, entry.text());
  }
  BOOST_TEST(found == 1);
}

// Of Debian's own programs this one takes its sockets so.
BOOST_AUTO_TEST_CASE(a_program_of_systemds_understands_what_it_is_given) {
  const std::string proxy = "/lib/systemd/systemd-socket-proxyd";
  if (::access(proxy.c_str(), X_OK) != 0) {
    BOOST_TEST_MESSAGE("systemd is not installed here");
    return;
  }
  const instance here(hasty);
  const auto behind = serve(here, {});
  const auto id = here.run(
      alice(), {"--restart", "--port", "--listen", proxy,
                "127.0.0.1:" + std::to_string(port_of(here, behind))});
  const auto pid = std::to_string(here.pid_of(alice(), behind)) + "\n";
  BOOST_TEST(answer_of(port_of(here, id)).value_or("") == pid);
  crash(here, id);
  BOOST_TEST(answer_of(port_of(here, id)).value_or("") == pid);
}

BOOST_AUTO_TEST_SUITE_END()
