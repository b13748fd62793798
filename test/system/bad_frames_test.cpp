// Bytes on the socket that are no good request: each gets an error that says
// what is wrong, and the daemon serves on.
#include "test/support/system_instance.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace hiisi::test;
using hiisi::protocol::frame;

namespace {

std::string repeated(const std::string& text, size_t count) {
  std::string all;
  for (size_t i = 0; i < count; ++i)
    all += text;
  return all;
}

/// The body is answered by an error with this code whose message or hint
/// holds these words; the same connection serves on.
void refused(const instance& here, const std::string& body,
             const std::string& code, const std::string& words) {
  auto talk = here.connect(alice());
  const json answer(talk.ask(body));
  const auto shown = body.substr(0, 100) + " got " + answer.text();
  BOOST_TEST_REQUIRE(answer.has("Error"), shown);
  BOOST_TEST(answer["Error"].str().find(words) != std::string::npos, shown);
  if (answer.has("error"))
    BOOST_TEST(answer["error"]["code"].str() == code, shown);
  else
    BOOST_TEST(body.find(R"("hiisi":{"protocol":2})") == std::string::npos,
               shown);
  BOOST_TEST(json(talk.ask(request("\"Version\"")))["Ok"].has("Version"));
  BOOST_TEST(here.daemon_lives());
}

std::string run(const std::string& keys) {
  return request("{\"Run\":{" + keys + "}}");
}

} // namespace

BOOST_AUTO_TEST_SUITE(bad_frames)

BOOST_AUTO_TEST_CASE(what_is_not_json) {
  const instance here;
  refused(here, "hello", "bad_request", "JSON");
  refused(here, "", "bad_request", "empty");
  refused(here, "{\"cmd\":", "bad_request", "JSON");
  refused(here, request("\"Status\"") + "x", "bad_request", "JSON");
}

BOOST_AUTO_TEST_CASE(what_is_of_a_wrong_type) {
  const instance here;
  refused(here, "[]", "bad_request", "object");
  refused(here, "17", "bad_request", "object");
  refused(here, request("17"), "bad_request", "cmd");
  refused(here, request(R"({"Stop":{"id":"seven"}})"), "bad_request", "id");
  refused(here, request(R"({"Stop":{"id":-1}})"), "invalid_argument", "id");
  refused(here, request(R"({"Stop":{"id":4294967296}})"), "invalid_argument",
          "id");
  refused(here, request(R"({"Stop":[]})"), "bad_request", "Stop");
  refused(here, run(R"("argv":"sleep","cwd":"/","env":{})"), "bad_request",
          "argv");
  refused(here, run(R"("argv":[1],"cwd":"/","env":{})"), "bad_request", "argv");
  refused(here, run(R"("argv":["x"],"cwd":"/","env":[])"), "bad_request",
          "env");
  refused(here, run(R"("argv":["x"],"cwd":7,"env":{})"), "bad_request", "cwd");
}

BOOST_AUTO_TEST_CASE(what_lacks_a_key) {
  const instance here;
  refused(here, "{}", "bad_request", "cmd");
  refused(here, request("{}"), "bad_request", "cmd");
  refused(here, request(R"({"Stop":{}})"), "bad_request", "id");
  refused(here, request("\"Stop\""), "bad_request", "id");
  refused(here, run(R"("cwd":"/","env":{})"), "bad_request", "cmd");
}

BOOST_AUTO_TEST_CASE(an_unknown_command) {
  const instance here;
  refused(here, request("\"Fly\""), "unknown_command", "Fly");
  refused(here, request(R"({"Fly":{"to":"the moon"}})"), "unknown_command",
          "Status");
}

BOOST_AUTO_TEST_CASE(deep_nesting) {
  const instance here;
  refused(here, repeated("[", 1'000'000), "bad_request", "deep");
  refused(here,
          request(R"({"Stop":{"id":1,"x":)" + repeated("[", 1000)
                  + repeated("]", 1000) + "}}"),
          "bad_request", "deep");
  refused(here, repeated("{\"a\":", 100'000), "bad_request", "deep");
}

BOOST_AUTO_TEST_CASE(bad_utf8) {
  const instance here;
  refused(here, "{\"cmd\":\"Status\",\"user\":\"\xff\"}", "bad_request",
          "UTF-8");
  refused(here, "\xed\xa0\x80", "bad_request", "UTF-8");
}

BOOST_AUTO_TEST_CASE(a_nul_in_a_string) {
  const instance here;
  refused(here, run(R"("argv":["a\u0000b"],"cwd":"/","env":{})"),
          "invalid_argument", "NUL");
  refused(here, run(R"("argv":["a"],"cwd":"/\u0000","env":{})"),
          "invalid_argument", "NUL");
  refused(here, run(R"("argv":["a"],"cwd":"/","env":{"A":"\u0000"})"),
          "invalid_argument", "NUL");
  refused(here, run(R"("argv":["a"],"cwd":"/","env":{"A\u0000":""})"),
          "invalid_argument", "NUL");
}

BOOST_AUTO_TEST_CASE(an_empty_command) {
  const instance here;
  refused(here, run(R"("argv":[],"cwd":"/","env":{})"), "invalid_argument",
          "the command is empty");
  refused(here, run(R"("argv":[""],"cwd":"/","env":{})"), "invalid_argument",
          "empty");
  refused(here, run(R"("cmd":"  ","cwd":"/","env":{},"restart":false)"),
          "invalid_argument", "the command is empty");
}

BOOST_AUTO_TEST_CASE(an_unusable_argument_of_run) {
  const instance here;
  refused(here, run(R"("argv":["x"],"cwd":"here","env":{})"),
          "invalid_argument", "absolute");
  refused(here, run(R"("argv":["x"],"cwd":"/","env":{"A=B":""})"),
          "invalid_argument", "=");
  refused(here, run(R"("argv":["x"],"cwd":"/","env":{},"policy":"maybe")"),
          "invalid_argument", "on-failure");
  refused(here, run(R"("argv":["x"],"cwd":"/","env":{},"name":"../x")"),
          "invalid_argument", "name");
  refused(here, run(R"("argv":["x"],"cwd":"/","env":{},"name":"17")"),
          "invalid_argument", "name");
  refused(here, run(R"("argv":["x"],"cwd":"/","env":{},"stop_signal":"TRM")"),
          "invalid_argument", "signal");
  refused(here, run(R"("argv":["x"],"cwd":"/","env":{},"stop_timeout_ms":-1)"),
          "invalid_argument", "stop_timeout_ms");
}

BOOST_AUTO_TEST_CASE(a_huge_frame_is_refused_before_it_comes) {
  const instance here;
  for (const auto& header :
       {std::string("\x01\x00\x00\x01", 4), std::string("\xff\xff\xff\xff")}) {
    auto talk = here.connect(alice());
    talk.send_raw(header);
    const auto answer = talk.next();
    BOOST_TEST_REQUIRE(answer.has_value());
    BOOST_TEST(json(*answer)["Error"].str().find("16777216")
                   != std::string::npos,
               *answer);
    BOOST_TEST(talk.is_closed());
  }
  BOOST_TEST(here.hiisi(alice(), {"status"}).status == 0);
}

BOOST_AUTO_TEST_CASE(the_largest_frame_is_taken) {
  const instance here;
  std::string body = request("\"Version\"");
  body.append(16 * 1024 * 1024 - body.size(), ' ');
  auto talk = here.connect(alice());
  BOOST_TEST(talk.send(body));
  const auto answer = talk.next();
  BOOST_TEST_REQUIRE(answer.has_value());
  BOOST_TEST(json(*answer)["Ok"].has("Version"));
}

BOOST_AUTO_TEST_CASE(half_a_frame_and_a_hang_up_harm_nobody) {
  const instance here;
  const auto whole = frame(request("\"Version\""));
  for (const size_t size :
       {size_t{1}, size_t{3}, size_t{4}, size_t{5}, whole.size() - 1}) {
    auto talk = here.connect(alice());
    BOOST_TEST(talk.send_raw(whole.substr(0, size)));
  }
  {
    // Announced large, little sent, and only the sending side closed.
    auto talk = here.connect(alice());
    talk.send_raw(std::string("\x00\xff\xff\xff{", 5));
    talk.end_sending();
    BOOST_TEST(talk.is_closed());
  }
  BOOST_TEST(here.daemon_lives());
  BOOST_TEST(here.hiisi(alice(), {"status"}).status == 0);
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves_before_its_answers_harms_nobody) {
  const instance here;
  for (int i = 0; i < 20; ++i) {
    const auto talk = here.connect(alice());
    std::string bytes;
    for (int k = 0; k < 50; ++k)
      bytes += frame(request("\"Status\""));
    talk.send_raw(bytes);
  }
  BOOST_TEST(here.hiisi(alice(), {"status"}).status == 0);
}

BOOST_AUTO_TEST_SUITE_END()
