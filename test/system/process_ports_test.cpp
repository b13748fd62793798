// Ports that belong to a process.
#include "test/support/system_net.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <string>
#include <tuple>

using namespace hiisi::test;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

int port_of(const instance& here, uint32_t id, int which = 0) {
  return static_cast<int>(
      here.status(alice(), id)["ports"][which]["port"].number());
}

/// How many have been allocated: whoever administers their own daemon sees
/// those of strangers, too.
int ports_known(const instance& here) {
  int known = 0;
  for (const auto& entry :
       here.hiisi_json(alice(), {"port", "lookup"})["ports"].items())
    known += entry["allocated_at"].is_null() ? 0 : 1;
  return known;
}

} // namespace

BOOST_AUTO_TEST_SUITE(process_ports)

BOOST_AUTO_TEST_CASE(a_process_is_told_its_ports) {
  const instance here;
  const auto id
      = here.run_probe(alice(), {"report", "--bind=:{port}", "{port:admin}"},
                       {"--port=web", "--port=admin", "--port"});
  here.wait_for_output(alice(), id, "done");
  const auto web = std::to_string(port_of(here, id));
  const auto admin = std::to_string(port_of(here, id, 1));
  const auto said = here.output(alice(), id);
  for (const auto& line :
       {"arg --bind=:" + web, "arg " + admin, "env PORT=" + web,
        "env PORT_WEB=" + web, "env PORT_ADMIN=" + admin})
    BOOST_TEST(contains(said, line + "\n"), line << " in " << said);
  BOOST_TEST(ports_known(here) == 3);
}

BOOST_AUTO_TEST_CASE(run_and_status_say_which) {
  const instance here;
  const auto got = here.hiisi(
      alice(), {"run", "--port=web", "--name", "x", here.probe(), "wait"});
  const auto listed = here.hiisi_json(alice(), {"status"})["processes"][0];
  const auto port = std::to_string(listed["ports"][0]["port"].number());
  BOOST_TEST(got.out == "started 1 (x) on port " + port + " (web)\n");
  BOOST_TEST(listed["ports"][0]["label"].str() == "web");
  BOOST_TEST(listed["ports"][0]["protocol"].str() == "tcp");
  BOOST_TEST(contains(here.hiisi(alice(), {"status"}).out, "PORTS"));
  BOOST_TEST(contains(here.hiisi(alice(), {"status", "x"}).out,
                      "ports:        " + port + " (web)\n"));
}

BOOST_AUTO_TEST_CASE(the_number_stays_over_restarts_and_daemons) {
  instance here;
  const auto id = here.run_probe(alice(), {"wait", "listen={port}"},
                                 {"--restart", "--port"});
  const auto port = port_of(here, id);
  const auto argv = here.status(alice(), id)["argv"].text();
  here.wait_for_output(alice(), id, "ready");
  BOOST_TEST(here.hiisi(alice(), {"restart", std::to_string(id)}).status == 0);
  here.kill_daemon();
  here.start();
  here.wait_for(alice(), id, "running");
  BOOST_TEST(port_of(here, id) == port);
  BOOST_TEST(here.status(alice(), id)["argv"][2].str()
             == "listen=" + std::to_string(port));
  BOOST_TEST(connecting_to(static_cast<uint16_t>(port)) == 0);
}

BOOST_AUTO_TEST_CASE(a_port_that_it_never_used_is_marked) {
  // About a second.
  const instance here({.config = "ports: (unused_after_days: 0.000012),"});
  const auto id = here.run_probe(alice(), {"wait"}, {"--port=web"});
  here.wait_for(alice(), id, "running");
  const auto page = [&] { return here.hiisi_json(alice(), {"status"}); };
  // Looking for it is what finds it out.
  BOOST_TEST(wait_until(
      [&] {
        std::ignore = here.hiisi_json(alice(), {"port", "lookup"});
        return !page()["processes"][0]["ports"][0]["unused_since"].is_null();
      },
      patience));
  const auto shown = here.hiisi(alice(), {"status", std::to_string(id)});
  BOOST_TEST(contains(shown.out, " (web) unused since "), shown.out);
}

BOOST_AUTO_TEST_CASE(a_label_gives_the_same_port_again) {
  const instance here;
  const auto first = here.run_probe(alice(), {"wait"}, {"--port=web"});
  const auto port = port_of(here, first);
  BOOST_TEST(here.hiisi(alice(), {"rm", std::to_string(first)}).status == 0);
  const auto second = here.run_probe(alice(), {"wait"}, {"--port=web"});
  BOOST_TEST(port_of(here, second) == port);
  BOOST_TEST(ports_known(here) == 1);
}

BOOST_AUTO_TEST_CASE(a_port_that_was_ones_own_can_be_given) {
  const instance here;
  const auto own
      = here.hiisi_json(alice(), {"port", "allocate"})["port"].number();
  const auto id
      = here.run_probe(alice(), {"wait"}, {"--port=" + std::to_string(own)});
  BOOST_TEST(port_of(here, id) == own);
  BOOST_TEST(here.hiisi(alice(), {"rm", std::to_string(id)}).status == 0);
  BOOST_TEST(ports_known(here) == 1);
}

BOOST_AUTO_TEST_CASE(what_nobody_named_goes_with_the_process) {
  const instance here;
  const auto id = here.run_probe(alice(), {"wait"}, {"--port", "--port=web"});
  const auto any = std::to_string(port_of(here, id));
  const auto web = std::to_string(port_of(here, id, 1));
  const auto gone = here.hiisi(alice(), {"rm", std::to_string(id)});
  BOOST_TEST(gone.out
             == "removed " + std::to_string(id) + "; freed port " + any
                    + "; port " + web + " stays yours\n");
  BOOST_TEST(ports_known(here) == 1);
  const auto again = here.run_probe(alice(), {"wait"}, {"--port=web"});
  BOOST_TEST(
      here.hiisi(alice(), {"rm", "--free-port", std::to_string(again)}).status
      == 0);
  BOOST_TEST(ports_known(here) == 0);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_started_costs_no_port) {
  const instance here;
  const auto got = here.hiisi(alice(), {"run", "--port=web", "./nosuch"});
  BOOST_TEST(got.status == 1);
  BOOST_TEST(contains(got.err, "No such file"), got.err);
  BOOST_TEST(wait_until([&] { return ports_known(here) == 0; }, patience));
  const auto wrong
      = here.hiisi(alice(), {"run", "--port=web", here.probe(), "{port:www}"});
  BOOST_TEST(wrong.status == 1);
  BOOST_TEST(contains(wrong.err, "{port:www}"), wrong.err);
  BOOST_TEST(ports_known(here) == 0);
}

BOOST_AUTO_TEST_CASE(a_start_says_which_process_has_the_port) {
  const instance here;
  const auto id = here.run_probe(alice(), {"wait", "listen={port}"},
                                 {"--port=web", "--name", "first"});
  here.wait_for_output(alice(), id, "ready");
  const auto got = here.hiisi(
      alice(), {"run", "--restart", "--port=web", here.probe(), "wait"});
  BOOST_TEST(got.status == 1);
  BOOST_TEST(contains(got.err, "could not start: "), got.err);
  BOOST_TEST(contains(got.err, "port " + std::to_string(port_of(here, id))),
             got.err);
  // By the process's cgroup, which an ordinary user's daemon often cannot make.
  if (mode_of_test() == system_mode::user)
    BOOST_TEST(contains(got.err, alice().name), got.err);
  else
    BOOST_TEST(contains(got.err, "process " + std::to_string(id) + " (first)"),
               got.err);
  // Nothing of it stays, and nothing else changes.
  BOOST_TEST(here.hiisi_json(alice(), {"status"})["processes"].size() == 1);
  BOOST_TEST(here.state_of(alice(), id) == "running");
}

BOOST_AUTO_TEST_CASE(a_restart_waits_while_somebody_else_listens) {
  const instance here({"restart: (backoff_max_s: 1),"});
  const auto id = here.run_probe(
      alice(), {"wait", "listen={port}", "after=300"}, {"--restart", "--port"});
  const auto port = port_of(here, id);
  const auto taken = "listen=" + std::to_string(port);
  // A program outside of Hiisi that gets in between.
  launch squatter;
  squatter.who = alice();
  squatter.argv = {here.probe(), "wait", taken};
  pid_t pid = -1;
  BOOST_TEST_REQUIRE(wait_until(
      [&] {
        pid = start_program(squatter, -1, -1);
        return !wait_for_exit(pid, std::chrono::milliseconds{500});
      },
      patience));
  here.wait_for(alice(), id, "backoff");
  BOOST_TEST(wait_until(
      [&] {
        const auto now = here.status(alice(), id);
        return now.has("reason")
               && contains(now["reason"].str(), "port " + std::to_string(port));
      },
      patience));
  BOOST_TEST(contains(here.status(alice(), id)["reason"].str(), alice().name));
  send_signal(pid, SIGKILL);
  wait_for_exit(pid);
  here.wait_for(alice(), id, "running");
}

BOOST_AUTO_TEST_SUITE_END()
