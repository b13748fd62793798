// The registry of ports, and whether it tells truly who uses them.
#include "test/support/system_instance.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <string>

using namespace hiisi::test;

namespace {

int allocate(const instance& here) {
  return static_cast<int>(
      here.hiisi_json(alice(), {"port", "allocate"})["port"].number());
}

std::string text(int port) {
  return std::to_string(port);
}

} // namespace

BOOST_AUTO_TEST_SUITE(ports)

BOOST_AUTO_TEST_CASE(a_port_is_allocated_listed_and_freed) {
  const instance here;
  const auto port = allocate(here);
  BOOST_TEST(port >= 1024);
  BOOST_TEST(port <= 65535);
  const auto listed = here.hiisi_json(alice(), {"port", "lookup"})["ports"];
  BOOST_TEST_REQUIRE(listed.size() == 1);
  BOOST_TEST(listed[0]["port"].number() == port);
  BOOST_TEST(listed[0]["user"].str() == alice().name);
  BOOST_TEST(!listed[0]["active"].is_true());
  BOOST_TEST(here.hiisi(alice(), {"port", "free", text(port)}).status == 0);
  BOOST_TEST(here.hiisi_json(alice(), {"port", "lookup"})["ports"].size() == 0);
}

BOOST_AUTO_TEST_CASE(piped_the_number_stands_alone) {
  const instance here;
  const auto got = here.hiisi(alice(), {"port", "allocate"});
  BOOST_TEST(got.status == 0);
  BOOST_TEST_REQUIRE(!got.out.empty());
  BOOST_TEST(got.out.back() == '\n');
  BOOST_TEST(got.out.find_first_not_of("0123456789") == got.out.size() - 1,
             got.out);
}

BOOST_AUTO_TEST_CASE(a_given_port_is_ones_own_once) {
  const instance here;
  BOOST_TEST(here.hiisi(alice(), {"port", "allocate", "18080"}).status == 0);
  const auto twice = here.hiisi(alice(), {"port", "allocate", "18080"});
  BOOST_TEST(twice.status == 1);
  BOOST_TEST(twice.err.find("port 18080 is yours already") != std::string::npos,
             twice.err);
}

BOOST_AUTO_TEST_CASE(a_lookup_can_be_one_users) {
  const instance here;
  const auto port = allocate(here);
  const auto own
      = here.hiisi_json(alice(), {"port", "lookup", alice().name})["ports"];
  BOOST_TEST_REQUIRE(own.size() == 1);
  BOOST_TEST(own[0]["port"].number() == port);
  BOOST_TEST(
      here.hiisi_json(alice(), {"port", "lookup", "daemon"})["ports"].size()
      == 0);
}

BOOST_AUTO_TEST_CASE(numbers_that_are_no_port_are_refused_with_the_range) {
  const instance here;
  for (const auto* word : {"0", "80", "1023", "65536", "99999", "http"})
    for (const auto* verb : {"allocate", "free"}) {
      const auto got = here.hiisi(alice(), {"port", verb, word});
      BOOST_TEST(got.status >= 1, verb << " " << word);
      BOOST_TEST(got.status <= 2, verb << " " << word);
      BOOST_TEST(got.err.find("1024") != std::string::npos, got.err);
      BOOST_TEST(got.err.find("65535") != std::string::npos, got.err);
    }
  BOOST_TEST(here.hiisi(alice(), {"status"}).status == 0);
}

BOOST_AUTO_TEST_CASE(the_daemon_refuses_such_numbers_too) {
  const instance here;
  for (const auto* number :
       {"0", "80", "65536", "99999", "-1", "\"http\"", "1e99", "8080.5"})
    for (const auto* command : {"PortAllocate", "PortFree"}) {
      const auto got
          = here.ask(alice(), request(std::string("{\"") + command
                                      + R"(":{"port":)" + number + "}}"));
      BOOST_TEST(got.has("Error"), command << " " << number);
    }
}

BOOST_AUTO_TEST_CASE(freeing_what_is_not_allocated_is_refused) {
  const instance here;
  const auto got = here.hiisi(alice(), {"port", "free", "18081"});
  BOOST_TEST(got.status == 4);
  BOOST_TEST(got.err.find("port 18081 is not allocated") != std::string::npos,
             got.err);
}

BOOST_AUTO_TEST_CASE(a_port_is_active_while_somebody_listens) {
  const instance here;
  const auto port = allocate(here);
  const auto id
      = here.run_probe(alice(), {"wait", "listen=" + std::to_string(port)});
  here.wait_for_output(alice(), id, "ready");
  const auto active = [&] {
    return here.hiisi_json(alice(), {"port", "lookup"})["ports"][0]["active"]
        .is_true();
  };
  BOOST_TEST(active());
  BOOST_TEST(here.hiisi(alice(), {"stop", std::to_string(id)}).status == 0);
  BOOST_TEST(!active());
}

BOOST_AUTO_TEST_CASE(allocations_outlive_a_kill_of_the_daemon) {
  instance here;
  std::vector<int64_t> ports;
  for (int i = 0; i < 5; ++i)
    ports.push_back(allocate(here));
  BOOST_TEST(here.hiisi(alice(), {"port", "free", text(int(ports[2]))}).status
             == 0);
  ports.erase(ports.begin() + 2);
  // At once after the answer.
  here.kill_daemon();
  here.start();
  std::vector<int64_t> found;
  for (const auto& entry :
       here.hiisi_json(alice(), {"port", "lookup"})["ports"].items())
    found.push_back(entry["port"].number());
  std::sort(ports.begin(), ports.end());
  BOOST_TEST(found == ports, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
