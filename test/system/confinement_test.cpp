// What hiidet can do to the host while it serves: next to nothing.
#include "test/support/system_instance.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace hiisi::test;

namespace {

/// A line of a status file, without its key.
std::string line_of(const std::filesystem::path& status, std::string_view key) {
  std::ifstream file(status);
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(key))
      return line.substr(line.find_first_not_of(" \t", key.size()));
  return {};
}

constexpr std::string_view nothing = "0000000000000000";

} // namespace

BOOST_AUTO_TEST_SUITE(confinement)

BOOST_AUTO_TEST_CASE(every_thread_of_the_daemon_is_confined) {
  const instance here;
  int threads = 0;
  for (const auto& thread : std::filesystem::directory_iterator(
           "/proc/" + std::to_string(here.daemon()) + "/task")) {
    const auto status = thread.path() / "status";
    ++threads;
    BOOST_TEST(line_of(status, "Seccomp:") == "2");
    BOOST_TEST(line_of(status, "NoNewPrivs:") == "1");
    if (mode_of_test() == system_mode::root)
      continue; // Without a user to become it keeps what root has.
    for (const auto* set : {"CapInh:", "CapPrm:", "CapEff:", "CapAmb:"})
      BOOST_TEST(line_of(status, set) == nothing, set);
  }
  BOOST_TEST(threads > 3);
}

BOOST_AUTO_TEST_CASE(keepers_and_services_are_not) {
  const instance here;
  BOOST_TEST(!here.keepers().empty());
  for (const auto pid : here.keepers())
    BOOST_TEST(line_of("/proc/" + std::to_string(pid) + "/status", "Seccomp:")
               == line_of("/proc/self/status", "Seccomp:"));
  const auto id = here.run_probe(alice(), {"wait"});
  const auto status
      = "/proc/" + std::to_string(here.pid_of(alice(), id)) + "/status";
  BOOST_TEST(line_of(status, "Seccomp:")
             == line_of("/proc/self/status", "Seccomp:"));
  BOOST_TEST(line_of(status, "NoNewPrivs:") == "0");
  BOOST_TEST(here.hiisi(alice(), {"stop", std::to_string(id)}).status == 0);
}

BOOST_AUTO_TEST_CASE(under_load_it_needs_nothing_that_it_has_not) {
  const instance here{{.config = "ports: (quota: None),"}};
  std::vector<std::thread> clients;
  std::vector<int> failures(4);
  for (auto& failed : failures)
    clients.emplace_back([&here, &failed] {
      for (int i = 0; i < 15; ++i) {
        const auto run = here.hiisi(
            alice(), {"run", "--port", here.probe(), "wait", "after=50"});
        failed += run.status != 0;
        failed += here.hiisi(alice(), {"status"}).status != 0;
        failed += here.hiisi(alice(), {"port", "suggest"}).status != 0;
      }
    });
  for (auto& client : clients)
    client.join();
  for (const auto failed : failures)
    BOOST_TEST(failed == 0);
  BOOST_TEST(here.daemon_lives());
  // Nothing was refused that it wanted.
  BOOST_TEST(here.log().find("Operation not permitted") == std::string::npos,
             here.log());
}

BOOST_AUTO_TEST_SUITE_END()
