// What the first Hiisi's client and daemon say to each other, byte for byte.
#include "test/support/system_instance.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <regex>
#include <string>

using namespace hiisi::test;

namespace {

/// The whole answer is one frame and matches this; what is in it has no
/// further key anywhere.
void check(const std::string& answer, const std::string& pattern) {
  BOOST_TEST(std::regex_match(answer, std::regex(pattern)),
             answer << " is not " << pattern);
}

std::string run_request(const instance& here, const std::string& words) {
  // The old client gives the whole environment, and cmd as one string.
  return old_request(R"({"Run":{"cmd":")" + here.probe() + " " + words
                     + R"(","cwd":")" + here.place()
                     + R"(","env":{"HIISI_TEST_INSTANCE":")" + here.place()
                     + R"("},"restart":false}})");
}

std::string with_id(const std::string& command, uint32_t id) {
  return old_request("{\"" + command + "\":{\"id\":" + std::to_string(id)
                     + "}}");
}

uint32_t started(const std::string& answer) {
  check(answer, R"(\{"Ok":\{"ProcessStarted":\{"id":[0-9]+\}\}\})");
  return static_cast<uint32_t>(
      json(answer)["Ok"]["ProcessStarted"]["id"].number());
}

constexpr const char* uptime = R"("uptime":\{"secs":[0-9]+,"nanos":[0-9]+\})";

std::string status_pattern(const instance& here, uint32_t id,
                           const std::string& words,
                           const std::string& status) {
  return R"(\{"Ok":\{"Status":\[\{"id":)" + std::to_string(id) + R"(,"user":")"
         + alice().name + "\"," + uptime + R"(,"cwd":")" + here.place()
         + R"(","cmd":")" + here.probe() + " " + words + R"(","status":)"
         + status + R"(\}\]\}\})";
}

} // namespace

BOOST_AUTO_TEST_SUITE(old_wire)

BOOST_AUTO_TEST_CASE(run_splits_at_white_space_and_answers_an_id) {
  const instance here;
  auto talk = here.connect(alice());
  const auto id = started(talk.ask(run_request(here, "report  a \\t b")));
  here.wait_for(alice(), id, "exited");
  BOOST_TEST(here.output(alice(), id).find("arg report\narg a\narg b\nenv")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(status_lists_what_runs) {
  const instance here;
  auto talk = here.connect(alice());
  check(talk.ask(old_request("\"Status\"")), R"(\{"Ok":\{"Status":\[\]\}\})");
  const auto id = started(talk.ask(run_request(here, "wait")));
  check(talk.ask(old_request("\"Status\"")),
        status_pattern(here, id, "wait", "\"Running\""));
}

BOOST_AUTO_TEST_CASE(status_shows_ends_in_the_three_old_forms) {
  const instance here;
  auto talk = here.connect(alice());
  const auto exited
      = started(talk.ask(run_request(here, "wait after=0 exit=7")));
  here.wait_for(alice(), exited, "exited");
  check(
      talk.ask(old_request("\"Status\"")),
      status_pattern(here, exited, "wait after=0 exit=7", R"(\{"Exited":7\})"));
  BOOST_TEST(here.hiisi(alice(), {"rm", "--all"}).status == 0);
  const auto killed = started(talk.ask(run_request(here, "wait")));
  send_signal(here.pid_of(alice(), killed), SIGKILL);
  here.wait_for(alice(), killed, "exited");
  check(talk.ask(old_request("\"Status\"")),
        status_pattern(here, killed, "wait",
                       R"(\{"Failed":"killed by SIGKILL"\})"));
}

BOOST_AUTO_TEST_CASE(stop_answers_a_bare_word) {
  const instance here;
  auto talk = here.connect(alice());
  const auto id = started(talk.ask(run_request(here, "wait")));
  BOOST_TEST(talk.ask(with_id("Stop", id)) == R"({"Ok":"ProcessStopped"})");
  check(talk.ask(old_request("\"Status\"")),
        status_pattern(here, id, "wait", R"(\{"Exited":[0-9]+\})"));
}

BOOST_AUTO_TEST_CASE(logs_answers_the_two_paths) {
  const instance here;
  auto talk = here.connect(alice());
  const auto id = started(talk.ask(run_request(here, "wait")));
  const auto base
      = alice().home + "/.logs/" + std::to_string(id) + "-" + here.probe_name();
  BOOST_TEST(talk.ask(with_id("Logs", id))
             == R"({"Ok":{"Logs":{"stdout":")" + base + R"(.out","stderr":")"
                    + base + R"(.err"}}})");
}

BOOST_AUTO_TEST_CASE(ports_are_allocated_listed_and_freed) {
  const instance here;
  auto talk = here.connect(alice());
  BOOST_TEST(talk.ask(old_request(R"({"PortAllocate":{"port":18090}})"))
             == R"({"Ok":{"PortAllocated":{"port":18090}}})");
  for (const auto& whose : {std::string("null"), "\"" + alice().name + "\""})
    check(talk.ask(old_request(R"({"PortLookup":{"user":)" + whose + "}}")),
          R"(\{"Ok":\{"PortList":\[\{"port":18090,"user":")" + alice().name
              + R"(","active":false,"allocated_at":)"
                R"("20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})"
                R"(\.[0-9]+Z"\}\]\}\})");
  BOOST_TEST(talk.ask(old_request(R"({"PortFree":{"port":18090}})"))
             == R"({"Ok":"PortFreed"})");
  check(talk.ask(old_request(R"({"PortAllocate":{"port":null}})")),
        R"(\{"Ok":\{"PortAllocated":\{"port":[0-9]+\}\}\})");
}

BOOST_AUTO_TEST_CASE(errors_are_one_line_of_text) {
  const instance here;
  auto talk = here.connect(alice());
  for (const auto& body :
       {with_id("Stop", 4711), with_id("Logs", 4711),
        old_request(R"({"PortFree":{"port":18091}})"),
        old_request(R"({"PortAllocate":{"port":80}})"),
        old_request(R"({"Fly":{}})"), old_request("\"Version\""),
        std::string("no JSON"), std::string()})
    check(talk.ask(body), R"(\{"Error":"[^\n]+"\})");
}

BOOST_AUTO_TEST_CASE(the_claimed_user_counts_for_nothing) {
  const instance here;
  auto talk = here.connect(alice());
  BOOST_TEST(talk.ask(old_request(R"({"PortAllocate":{"port":18092}})", "root"))
             == R"({"Ok":{"PortAllocated":{"port":18092}}})");
  const auto listed
      = json(talk.ask(old_request(R"({"PortLookup":{"user":null}})")));
  BOOST_TEST(listed["Ok"]["PortList"][0]["user"].str() == alice().name);
}

BOOST_AUTO_TEST_SUITE_END()
