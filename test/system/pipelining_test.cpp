// Many requests in one write: worked on at once, answered in order.
#include "test/support/system_instance.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <vector>

using namespace hiisi::test;
using hiisi::protocol::frame;

namespace {

constexpr int many = 200;

std::string name_of(const instance& here, int number) {
  return here.unique("n" + std::to_string(number));
}

std::string run_body(const instance& here, int number) {
  return request(R"({"Run":{"argv":[")" + here.probe()
                 + R"(","wait","ignore=INT"],"cwd":"/","env":{)"
                   R"("HIISI_TEST_INSTANCE":")"
                 + here.place() + R"("},"restart":false,"name":")"
                 + name_of(here, number)
                 + R"(","stop_signal":"TERM","stop_timeout_ms":30000}})");
}

std::string target(const std::string& command, const std::string& name) {
  return request("{\"" + command + R"(":{"name":")" + name + "\"}}");
}

json next(connection& talk) {
  auto answer = talk.next();
  BOOST_TEST_REQUIRE(answer.has_value());
  return json(*answer);
}

} // namespace

BOOST_AUTO_TEST_SUITE(pipelining)

BOOST_AUTO_TEST_CASE(a_storm_is_answered_in_the_order_of_the_requests) {
  const instance here;
  auto talk = here.connect(alice());
  std::string bytes;
  for (int i = 0; i < many; ++i)
    bytes += frame(run_body(here, i));
  BOOST_TEST(talk.send_raw(bytes));
  for (int i = 0; i < many; ++i)
    BOOST_TEST_REQUIRE(next(talk)["Ok"]["ProcessStarted"]["name"].str()
                       == name_of(here, i));
  const auto running = json(talk.ask(request("\"Status\"")))["Ok"]["Status"];
  BOOST_TEST(running.size() == many);
  bytes.clear();
  for (int i = 0; i < many; ++i) {
    bytes += frame(target("Stop", name_of(here, i)));
    // Something that fails in between shows that no answer is left out.
    if (i % 50 == 0)
      bytes += frame(target("Stop", "nobody"));
  }
  BOOST_TEST(talk.send_raw(bytes));
  for (int i = 0; i < many; ++i) {
    BOOST_TEST_REQUIRE(next(talk)["Ok"].str() == "ProcessStopped");
    if (i % 50 == 0)
      BOOST_TEST_REQUIRE(next(talk)["error"]["code"].str() == "not_found");
  }
}

BOOST_AUTO_TEST_CASE(a_status_after_a_stop_shows_it_stopped) {
  const instance here;
  auto talk = here.connect(alice());
  talk.ask(run_body(here, 0));
  BOOST_TEST(talk.send_raw(frame(target("Stop", name_of(here, 0)))
                           + frame(target("Status", name_of(here, 0)))
                           + frame(target("Start", name_of(here, 0)))
                           + frame(target("Status", name_of(here, 0)))
                           + frame(target("Remove", name_of(here, 0)))
                           + frame(target("Status", name_of(here, 0)))));
  BOOST_TEST(next(talk)["Ok"].str() == "ProcessStopped");
  BOOST_TEST(next(talk)["Ok"]["Status"][0]["state"].str() == "stopped");
  BOOST_TEST(next(talk)["Ok"].has("ProcessStarted"));
  BOOST_TEST(next(talk)["Ok"]["Status"][0]["state"].str() == "running");
  BOOST_TEST(next(talk)["Ok"].str() == "ProcessRemoved");
  BOOST_TEST(next(talk)["error"]["code"].str() == "not_found");
}

BOOST_AUTO_TEST_CASE(slow_stops_climb_their_ladders_side_by_side) {
  const instance here;
  auto talk = here.connect(alice());
  std::string bytes;
  constexpr int few = 5;
  for (int i = 0; i < few; ++i)
    bytes += frame(
        request(R"({"Run":{"argv":[")" + here.probe()
                + R"(","wait","ignore=INT","ignore=TERM"],"cwd":"/","env":{)"
                  R"("HIISI_TEST_INSTANCE":")"
                + here.place() + R"("},"name":")" + name_of(here, i)
                + R"(","stop_timeout_ms":4000}})"));
  BOOST_TEST(talk.send_raw(bytes));
  for (int i = 0; i < few; ++i)
    here.wait_for_output(alice(),
                         static_cast<uint32_t>(
                             next(talk)["Ok"]["ProcessStarted"]["id"].number()),
                         "ready");
  bytes.clear();
  for (int i = 0; i < few; ++i)
    bytes += frame(target("Stop", name_of(here, i)));
  const auto begin = std::chrono::steady_clock::now();
  BOOST_TEST(talk.send_raw(bytes));
  for (int i = 0; i < few; ++i)
    BOOST_TEST(next(talk)["Ok"].str() == "ProcessStopped");
  const auto took = std::chrono::steady_clock::now() - begin;
  // One after the other they would take 40 s.
  BOOST_TEST((took >= std::chrono::milliseconds(7900)));
  BOOST_TEST((took < std::chrono::seconds(30)));
}

BOOST_AUTO_TEST_CASE(requests_may_come_in_any_pieces) {
  const instance here;
  const auto talk_in_pieces = [&](size_t size) {
    auto talk = here.connect(alice());
    const auto bytes
        = frame(request("\"Version\"")) + frame(request("\"Status\""));
    for (size_t at = 0; at < bytes.size(); at += size)
      BOOST_TEST_REQUIRE(talk.send_raw(bytes.substr(at, size)));
    BOOST_TEST(next(talk)["Ok"].has("Version"));
    BOOST_TEST(next(talk)["Ok"].has("Status"));
  };
  talk_in_pieces(1);
  talk_in_pieces(3);
  talk_in_pieces(60);
}

BOOST_AUTO_TEST_SUITE_END()
