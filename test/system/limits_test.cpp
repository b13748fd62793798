// What one client or one user may take of hiidet.
#include "test/support/system_instance.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <poll.h>

using namespace hiisi::test;

namespace {

using connections = std::vector<std::unique_ptr<connection>>;

void open(connections& all, const instance& here, const account& who,
          int count) {
  for (int i = 0; i < count; ++i)
    all.push_back(std::make_unique<connection>(here.socket(), who));
}

/// Whether hiidet has hung up, without reading anything.
bool hung_up(const connection& talk) {
  pollfd look{talk.get(), 0, 0};
  return ::poll(&look, 1, 0) > 0 && (look.revents & POLLHUP) != 0;
}

/// Processor time that all threads of a process have used, in nanoseconds.
uint64_t cpu_time(int pid) {
  uint64_t sum = 0;
  for (const auto& thread : std::filesystem::directory_iterator(
           "/proc/" + std::to_string(pid) + "/task")) {
    std::ifstream file(thread.path() / "schedstat");
    uint64_t used = 0;
    file >> used;
    sum += used;
  }
  return sum;
}

/// Whether a process comes to rest: is seen not to have run at all many times
/// in a row, which one that goes round in circles never is.
bool comes_to_rest(int pid) {
  uint64_t before = 0;
  int quiet = 0;
  return wait_until(
      [&] {
        const auto now = cpu_time(pid);
        quiet = now == before ? quiet + 1 : 0;
        before = now;
        return quiet == 30;
      },
      patience);
}

bool serves(const instance& here) {
  try {
    auto talk = here.connect(alice());
    return json(talk.ask(request("\"Version\"")))["Ok"].has("Version");
  } catch (const std::runtime_error&) {
    return false;
  }
}

} // namespace

BOOST_AUTO_TEST_SUITE(limits)

BOOST_AUTO_TEST_CASE(running_out_of_descriptors_is_survived) {
  const instance here{
      {.config = "limits: (connections_per_user: 1000),", .descriptors = 64}};
  const auto id = here.run_probe(alice(), {"wait"});
  {
    connections all;
    open(all, here, alice(), 200);
    for (const auto& talk : all)
      talk->send(request("\"Version\""));
    // Many get an answer, and the daemon does not run hot over the rest.
    BOOST_TEST(all.front()->next().has_value());
    BOOST_TEST(comes_to_rest(here.daemon()));
    BOOST_TEST(here.daemon_lives());
  }
  BOOST_TEST(wait_until([&] { return serves(here); }, patience));
  BOOST_TEST(here.state_of(alice(), id) == "running");
  BOOST_TEST(here.hiisi(alice(), {"stop", std::to_string(id)}).status == 0);
}

BOOST_AUTO_TEST_CASE(who_finds_no_descriptor_left_is_served_later) {
  const instance here{
      {.config = "limits: (connections_per_user: 1000),", .descriptors = 64}};
  connections all;
  open(all, here, alice(), 150);
  for (const auto& talk : all)
    talk->send(request("\"Version\""));
  // Each one that leaves makes room for another.
  size_t answered = 0;
  for (auto& talk : all) {
    BOOST_TEST_REQUIRE(talk->next().has_value(), "after " << answered);
    ++answered;
    talk.reset();
  }
}

BOOST_AUTO_TEST_CASE(one_connection_too_many_is_told_so) {
  const instance here{{.config = "limits: (connections_per_user: 3),"}};
  // The fixture's own connection may not be forgotten yet.
  BOOST_TEST(wait_until([&] { return serves(here); }, patience));
  connections all;
  open(all, here, alice(), 4);
  size_t refused = 0;
  for (const auto& talk : all) {
    talk->send(request("\"Version\""));
    const auto answer = talk->next();
    BOOST_TEST_REQUIRE(answer.has_value());
    if (json(*answer).has("Error")) {
      ++refused;
      BOOST_TEST(json(*answer)["Error"].str().find("3 connections")
                     != std::string::npos,
                 *answer);
      BOOST_TEST(talk->is_closed());
    }
  }
  BOOST_TEST(refused >= 1);
  const auto command = here.hiisi(alice(), {"status"});
  BOOST_TEST(command.status == 1);
  BOOST_TEST(command.err.find("3 connections") != std::string::npos,
             command.err);
  all.clear();
  BOOST_TEST(wait_until([&] { return serves(here); }, patience));
}

BOOST_AUTO_TEST_CASE(a_reader_that_does_not_read_is_dropped) {
  const instance here{{.config = "limits: (output_per_connection: 16781312),"}};
  auto other = here.connect(alice());
  const json started(
      other.ask(request(R"({"Run":{"argv":[")" + here.probe() + R"(","wait",")"
                        + std::string(100'000, 'x')
                        + R"("],"cwd":"/","env":{"HIISI_TEST_INSTANCE":")"
                        + here.place() + R"("}}})")));
  BOOST_TEST_REQUIRE(started.has("Ok"), started.text());
  const auto slow = here.connect(alice());
  std::string bytes;
  for (int i = 0; i < 300; ++i)
    bytes += hiisi::protocol::frame(request("\"Status\""));
  slow.send_raw(bytes);
  BOOST_TEST(wait_until([&] { return hung_up(slow); }, patience));
  BOOST_TEST(!hung_up(other));
  BOOST_TEST(json(other.ask(request("\"Status\"")))["Ok"].has("Status"));
  BOOST_TEST(here.daemon_lives());
}

BOOST_AUTO_TEST_SUITE_END()
