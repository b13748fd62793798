// Ports among several users: who sees what, and who is in whose way.
#include "test/support/system_instance.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace hiisi::test;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

json ports_for(const instance& here, const account& who) {
  return here.hiisi_json(who, {"port", "lookup"})["ports"];
}

void listen(const instance& here, const account& who, int port) {
  const auto id
      = here.run_probe(who, {"wait", "listen=" + std::to_string(port)});
  here.wait_for_output(who, id, "ready");
}

} // namespace

BOOST_AUTO_TEST_SUITE(several_users_ports)

BOOST_AUTO_TEST_CASE(a_squatter_is_named) {
  const instance here;
  BOOST_TEST(here.hiisi(alice(), {"port", "allocate", "18120"}).status == 0);
  listen(here, bob(), 18120);
  for (const auto& who : {alice(), bob()}) {
    const auto listed = ports_for(here, who);
    BOOST_TEST_REQUIRE(listed.size() == 1);
    BOOST_TEST(listed[0]["use"].str() == "taken");
    BOOST_TEST(listed[0]["user"].str() == alice().name);
    BOOST_TEST(listed[0]["others"][0].str() == bob().name);
  }
}

BOOST_AUTO_TEST_CASE(an_unregistered_listener_is_its_users_to_see) {
  const instance here;
  listen(here, bob(), 18121);
  BOOST_TEST(ports_for(here, alice()).size() == 0);
  BOOST_TEST(ports_for(here, bob()).size() == 1);
  const auto refused = here.hiisi(alice(), {"port", "allocate", "18121"});
  BOOST_TEST(refused.status == 1);
  BOOST_TEST(contains(refused.err, bob().name), refused.err);
  BOOST_TEST(contains(refused.err, "listens on port 18121"), refused.err);
  BOOST_TEST(contains(refused.err, "the next free one is"), refused.err);
}

BOOST_AUTO_TEST_CASE(a_taken_port_is_told_with_its_use) {
  const instance here;
  BOOST_TEST(here.hiisi(bob(), {"port", "allocate", "18122"}).status == 0);
  auto refused = here.hiisi(alice(), {"port", "allocate", "18122"});
  BOOST_TEST(contains(refused.err, ", idle since "), refused.err);
  listen(here, bob(), 18122);
  refused = here.hiisi(alice(), {"port", "allocate", "18122"});
  BOOST_TEST(contains(refused.err, ", who listens on it"), refused.err);
}

BOOST_AUTO_TEST_CASE(a_port_is_handed_on) {
  const instance here;
  BOOST_TEST(here.hiisi(alice(), {"port", "allocate", "18123"}).status == 0);
  BOOST_TEST(here.hiisi(bob(), {"port", "accept", "18123"}).status == 4);
  BOOST_TEST(
      here.hiisi(alice(), {"port", "transfer", "18123", bob().name}).status
      == 0);
  BOOST_TEST(ports_for(here, alice())[0]["offered_to"].str() == bob().name);
  BOOST_TEST(here.hiisi(bob(), {"port", "accept", "18123"}).status == 0);
  BOOST_TEST(ports_for(here, alice())[0]["user"].str() == bob().name);
  BOOST_TEST(here.hiisi(alice(), {"port", "free", "18123"}).status == 4);
  BOOST_TEST(here.hiisi(bob(), {"port", "free", "18123"}).status == 0);
}

BOOST_AUTO_TEST_CASE(quotas_and_ranges_are_the_configurations) {
  const instance here({.config = "ports: (quota: 1, rules: [(user: \""
                                 + bob().name
                                 + "\", ranges: [(18130, 18139)], quota: 3)],"
                                   "deny: [(18140, 18149)]),"});
  BOOST_TEST(here.hiisi(alice(), {"port", "allocate"}).status == 0);
  auto refused = here.hiisi(alice(), {"port", "allocate"});
  BOOST_TEST(refused.status == 1);
  BOOST_TEST(contains(refused.err, "you have 1 of 1 ports"), refused.err);
  for (int i = 0; i < 3; ++i) {
    const auto port = std::stoi(here.hiisi(bob(), {"port", "allocate"}).out);
    BOOST_TEST(port >= 18130);
    BOOST_TEST(port <= 18139);
  }
  BOOST_TEST(here.hiisi(bob(), {"port", "allocate"}).status == 1);
  refused = here.hiisi(bob(), {"port", "allocate", "18140"});
  BOOST_TEST(refused.status != 0);
}

BOOST_AUTO_TEST_SUITE_END()
