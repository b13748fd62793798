// Ports of processes among several users.
#include "test/support/system_net.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace hiisi::test;

BOOST_AUTO_TEST_SUITE(ports_of_several_users)

BOOST_AUTO_TEST_CASE(others_see_a_processes_ports) {
  const instance here;
  const auto id = here.run_probe(alice(), {"wait", "secret"}, {"--port=web"});
  const auto port = here.status(alice(), id)["ports"][0]["port"].number();
  const auto seen = here.status(bob(), id);
  BOOST_TEST(!seen["full"].is_true());
  BOOST_TEST(seen["ports"][0]["port"].number() == port);
  BOOST_TEST(
      here.hiisi(bob(), {"status", "--all"}).out.find(std::to_string(port))
      != std::string::npos);
}

BOOST_AUTO_TEST_CASE(anothers_port_is_no_process_of_mine_s) {
  const instance here;
  const auto port = std::to_string(
      here.hiisi_json(bob(), {"port", "allocate"})["port"].number());
  const auto got
      = here.hiisi(alice(), {"run", "--port=" + port, here.probe(), "wait"});
  BOOST_TEST(got.status == 1);
  BOOST_TEST(got.err.find(bob().name) != std::string::npos, got.err);
}

BOOST_AUTO_TEST_CASE(a_start_says_who_listens) {
  const instance here;
  const auto port
      = here.hiisi_json(alice(), {"port", "allocate"})["port"].number();
  const auto word = std::to_string(port);
  const auto other = here.run_probe(bob(), {"wait", "listen=" + word});
  here.wait_for_output(bob(), other, "ready");
  for (const auto* listen : {"--restart", "--listen"}) {
    const auto got = here.hiisi(
        alice(), {"run", listen, "--port=" + word, here.probe(), "wait"});
    BOOST_TEST(got.status == 1);
    BOOST_TEST(got.err.find(bob().name) != std::string::npos, got.err);
    BOOST_TEST(got.err.find("process " + std::to_string(other))
                   != std::string::npos,
               got.err);
  }
}

BOOST_AUTO_TEST_CASE(a_held_port_cannot_be_squatted) {
  const instance here;
  const auto id = here.run_probe(alice(), {"serve"},
                                 {"--port", "--port=/udp", "--listen"});
  here.wait_for_output(alice(), id, "ready");
  const auto tcp = static_cast<uint16_t>(
      here.status(alice(), id)["ports"][0]["port"].number());
  const auto udp = static_cast<uint16_t>(
      here.status(alice(), id)["ports"][1]["port"].number());
  const auto squatted
      = [&] { return can_bind(bob(), tcp) || can_bind(bob(), udp, true); };
  BOOST_TEST(!squatted());
  BOOST_TEST(here.hiisi(alice(), {"stop", std::to_string(id)}).status == 0);
  BOOST_TEST(!squatted());
  BOOST_TEST(here.hiisi(alice(), {"rm", std::to_string(id)}).status == 0);
  BOOST_TEST(wait_until(squatted, patience));
}

BOOST_AUTO_TEST_SUITE_END()
