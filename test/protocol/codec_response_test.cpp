#include "protocol/codec.hpp"
#include "protocol/frame.hpp"
#include "protocol/json_writer.hpp"
#include "protocol/limits.hpp"
#include "protocol/quoting.hpp"
#include "protocol/utf8.hpp"
#include "test/protocol/samples.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

using namespace hiisi::protocol;
using namespace hiisi::test;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

status_entry entry_in(process_state state) {
  status_entry entry;
  entry.user = "alice";
  entry.state = state;
  entry.uptime = 12s + 5ns;
  entry.argv = {"./srv", "--port", "8080"};
  entry.cwd = "/home/alice";
  entry.full = true;
  return entry;
}

status_entry entry_ended(process_state state, exit_info::kind how, int value) {
  auto entry = entry_in(state);
  entry.last_exit = exit_info{how, value, false, {}};
  return entry;
}

// What stands behind "status" for version 1.
std::string old_status(const status_entry& entry) {
  auto body = encode(response{status_list{{entry}}, false}, 1);
  auto begin = body.find(R"("status":)") + 9;
  return body.substr(begin, body.size() - begin - 4);
}

error refusal(std::string_view body) {
  auto read = decode_response(body);
  BOOST_REQUIRE_MESSAGE(!read.ok(), body);
  return read.failure();
}

} // namespace

BOOST_AUTO_TEST_SUITE(response_encoding)

BOOST_AUTO_TEST_CASE(a_frame_is_appended_behind_what_is_there) {
  const response what{status_list{{entry_in(process_state::running)}}, true};
  std::string out = "before";
  append_frame(out, what, 2);
  append_frame(out, what, 1);
  BOOST_TEST(out == "before" + frame(encode(what, 2)) + frame(encode(what, 1)));
}

BOOST_AUTO_TEST_CASE(what_is_too_long_for_a_frame_becomes_an_error) {
  auto entry = entry_in(process_state::failed);
  entry.reason.assign(max_frame_bytes, 'x');
  std::string out;
  append_frame(out, {status_list{{entry}}, false}, 2);
  frame_decoder decoder;
  decoder.feed(out);
  const auto body = decoder.next();
  BOOST_TEST_REQUIRE(body.has_value());
  const auto read = decode_response(*body);
  BOOST_TEST_REQUIRE(read.ok());
  BOOST_TEST((std::get<error>(read->what).code == errc::limit_exceeded));
  BOOST_TEST(decoder.buffered() == 0u);
}

BOOST_AUTO_TEST_CASE(a_command_is_quoted_where_a_shell_needs_it) {
  auto entry = entry_in(process_state::running);
  for (const auto& argv : {std::vector<std::string>{"A=b", "c"},
                           {"./srv", "A=b"},
                           {"./srv", "two words", "it's"},
                           {"./srv", "", "ü"}}) {
    entry.argv = argv;
    const auto body = encode({status_list{{entry}}, false}, 2);
    json_writer cmd;
    cmd.raw(R"("cmd":)").text(shell_join(argv)).raw(",");
    BOOST_TEST(body.find(std::move(cmd).take()) != body.npos, body);
  }
}

// The table of the first Hiisi's wire, byte for byte.
BOOST_AUTO_TEST_CASE(the_old_responses_are_as_the_first_hiisi_has_them) {
  struct sample {
    std::string body;
    payload what;
  };
  auto named = entry_in(process_state::running);
  named.name = "srv";
  for (const auto& [body, what] : {
           sample{R"({"Ok":{"ProcessStarted":{"id":0}}})",
                  process_started{0, "srv"}},
           sample{R"({"Ok":"ProcessStopped"})", process_stopped{}},
           sample{R"({"Ok":{"Status":[{"id":0,"user":"alice","uptime":)"
                  R"({"secs":12,"nanos":5},"cwd":"/home/alice",)"
                  R"("cmd":"./srv --port 8080","status":"Running"}]}})",
                  status_list{{named}}},
           sample{R"({"Ok":{"Logs":{"stdout":"/path","stderr":"/path"}}})",
                  log_paths{"/path", "/path"}},
           sample{R"({"Ok":{"PortAllocated":{"port":8080}}})",
                  port_allocated{8080}},
           sample{R"({"Ok":"PortFreed"})", port_freed{}},
           sample{R"({"Ok":{"PortList":[{"port":8080,"user":"alice",)"
                  R"("active":true,)"
                  R"("allocated_at":"2024-11-30T18:41:08.123456789Z"}]}})",
                  port_list{{{8080, "alice", true, sample_time()}}}},
           sample{R"({"Error":"text"})", make_error(errc::conflict, "text")},
       }) {
    BOOST_TEST(encode(response{what, false}, 1) == body);
    // Nor does a part of a longer answer show itself.
    BOOST_TEST(encode(response{what, true}, 1) == body);
  }
}

BOOST_AUTO_TEST_CASE(the_old_status_of_every_state_is_one_it_knows) {
  using enum process_state;
  using kind = exit_info::kind;
  for (auto state : {starting, running, backoff, stopping})
    BOOST_TEST(old_status(entry_in(state)) == R"("Running")");
  BOOST_TEST(old_status(entry_ended(exited, kind::exited, 3))
             == R"({"Exited":3})");
  BOOST_TEST(old_status(entry_ended(exited, kind::signaled, 9))
             == R"({"Failed":"killed by SIGKILL"})");
  BOOST_TEST(old_status(entry_ended(exited, kind::unknown, 0))
             == R"x({"Failed":"exited (status unknown)"})x");
  BOOST_TEST(old_status(entry_ended(stopped, kind::exited, 3))
             == R"({"Exited":3})");
  BOOST_TEST(old_status(entry_ended(stopped, kind::signaled, 15))
             == R"({"Exited":143})");
  BOOST_TEST(old_status(entry_ended(stopped, kind::unknown, 0))
             == R"x({"Failed":"stopped (status unknown)"})x");
  BOOST_TEST(old_status(entry_in(failed)) == R"({"Failed":"failed"})");
  auto crashed = entry_ended(failed, kind::signaled, 11);
  crashed.last_exit->core_dumped = true;
  BOOST_TEST(old_status(crashed)
             == R"x({"Failed":"killed by SIGSEGV (core dumped)"})x");
  crashed.reason = "gave up";
  BOOST_TEST(old_status(crashed) == R"({"Failed":"gave up"})");
}

BOOST_AUTO_TEST_CASE(the_end_of_anothers_process_is_not_guessed) {
  auto others = entry_in(process_state::exited);
  others.full = false;
  BOOST_TEST(old_status(others)
             == R"x({"Failed":"exited (status shown to its owner alone)"})x");
}

BOOST_AUTO_TEST_CASE(texts_that_are_not_utf8_still_give_json) {
  auto entry = entry_in(process_state::running);
  entry.argv = {"./srv\xff", "\x01\"\\\x7f\xe2\x80\xa8"};
  for (uint32_t version : {1U, 2U}) {
    auto read = decode_response(
        encode(response{status_list{{entry}}, false}, version));
    BOOST_REQUIRE(read.ok());
  }
}

BOOST_AUTO_TEST_CASE(an_uptime_is_never_negative) {
  auto entry = entry_in(process_state::running);
  entry.uptime = -5ns;
  auto read = decode_response(encode(response{status_list{{entry}}, false}, 2));
  BOOST_REQUIRE(read.ok());
  BOOST_TEST((std::get<status_list>(read->what).entries.at(0).uptime == 0ns));
}

BOOST_AUTO_TEST_CASE(every_error_code_crosses_the_wire) {
  for (size_t i = 0; i < errc_count; ++i) {
    response made{make_error(static_cast<errc>(i), "m\n", "h\""), false};
    auto read = decode_response(encode(made, 2));
    BOOST_REQUIRE(read.ok());
    BOOST_TEST((*read == made));
  }
}

BOOST_AUTO_TEST_CASE(every_state_and_policy_crosses_the_wire) {
  for (size_t i = 0; i < process_state_count; ++i) {
    auto entry = entry_in(static_cast<process_state>(i));
    entry.policy = static_cast<restart_policy>(i % 3);
    response made{status_list{{entry}}, i % 2 == 0};
    auto read = decode_response(encode(made, 2));
    BOOST_REQUIRE(read.ok());
    BOOST_TEST((*read == made));
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(response_decoding)

BOOST_AUTO_TEST_CASE(an_old_daemons_status_is_read) {
  auto read = decode_response(
      R"({"Ok":{"Status":[{"id":1,"user":"a","uptime":{"secs":)"
      R"(18446744073709551615,"nanos":5},"cwd":"/","cmd":"./a  b","status":)"
      R"({"Exited":-1}},{"id":2,"user":"a","uptime":{"secs":0,"nanos":0},)"
      R"("cwd":"/","cmd":"x","status":{"Failed":"why"}}]}})");
  BOOST_REQUIRE_MESSAGE(read.ok(), hiisi::test::why_not(read));
  const auto& entries = std::get<status_list>(read->what).entries;
  BOOST_TEST(entries.at(0).uptime.count() > 0);
  BOOST_TEST((entries.at(0).argv == std::vector<std::string>{"./a", "b"}));
  BOOST_TEST(entries.at(0).last_exit->value == -1);
  BOOST_TEST((entries.at(1).state == process_state::failed));
  BOOST_TEST(entries.at(1).reason == "why");
}

BOOST_AUTO_TEST_CASE(our_keys_win_over_the_old_status) {
  auto read = decode_response(
      R"({"Ok":{"Status":[{"id":1,"user":"a","uptime":{"secs":0,"nanos":0},)"
      R"("cwd":"","cmd":"x","status":{"Exited":3},"name":"x","uid":5,)"
      R"("state":"stopped","argv":["x"],"full":false,"policy":"no",)"
      R"("restarts":0,"pid":0,"created":"2024-11-30T18:41:08Z"}]}})");
  BOOST_REQUIRE_MESSAGE(read.ok(), why_not(read));
  const auto& entry = std::get<status_list>(read->what).entries.at(0);
  BOOST_TEST((entry.state == process_state::stopped));
  BOOST_TEST(!entry.last_exit);
}

BOOST_AUTO_TEST_CASE(unknown_keys_are_passed_over) {
  auto read = decode_response(
      R"({"new":1,"Ok":{"ProcessStarted":{"id":7,"name":"web","new":[]}},)"
      R"("hiisi":{"protocol":9}})");
  BOOST_REQUIRE(read.ok());
  BOOST_TEST((*read == response{process_started{7, "web"}, false}));
}

BOOST_AUTO_TEST_CASE(an_error_code_of_a_newer_daemon_keeps_its_words) {
  auto read = decode_response(
      R"({"Error":"a","error":{"code":"novel","message":"m","hint":"h"}})");
  BOOST_REQUIRE(read.ok());
  BOOST_TEST(
      (std::get<error>(read->what) == make_error(errc::internal, "m", "h")));
}

BOOST_AUTO_TEST_CASE(what_is_no_response_is_refused_with_its_place) {
  std::string begin = "the daemon's answer cannot be read: ";
  struct sample {
    std::string body;
    std::string text;
  };
  for (const auto& [body, text] : {
           sample{"", "the frame is empty"},
           sample{"[]", "expected an object, found an array"},
           sample{"{}", "it holds neither \"Ok\" nor \"Error\""},
           sample{R"({"Ok":7})", "Ok: expected an object, found a number"},
           sample{R"({"Ok":{}})", "Ok: is empty"},
           sample{R"({"Ok":"Novel"})", "Ok: unknown kind \"Novel\""},
           sample{R"({"Ok":"Status"})",
                  "Ok.Status: missing; expected an array"},
           sample{R"({"Ok":{"Status":[{"id":-1}]}})",
                  "Ok.Status[0].id: -1 is not a whole number from 0 to "
                  "4294967295"},
           sample{
               R"({"Ok":{"PortAllocated":{"port":65536}}})",
               "Ok.PortAllocated.port: 65536 is not a whole number from 0 to "
               "65535"},
           sample{R"({"Ok":{"PortList":[{"port":1,"user":"a","active":true,)"
                  R"("allocated_at":"now"}]}})",
                  "Ok.PortList[0].allocated_at: \"now\" is no RFC 3339 time"},
           sample{R"({"Error":7})", "Error: expected a string, found a number"},
           sample{R"({"Ok":"PortFreed","more":1})",
                  "more: expected true or false, found a number"},
       }) {
    auto reason = refusal(body);
    BOOST_TEST(reason.message == begin + text);
    BOOST_TEST(!reason.hint.empty());
    BOOST_TEST((reason.code == errc::bad_request));
  }
}

BOOST_AUTO_TEST_CASE(no_mutation_of_a_response_does_harm) {
  std::mt19937 random{43};
  auto below = [&](size_t n) { return n == 0 ? 0 : random() % n; };
  size_t accepted = 0;
  for (const auto& sample : response_samples()) {
    for (int round = 0; round < 400; ++round) {
      auto body = encode(sample.written, sample.version);
      auto at = below(body.size());
      if (below(2) == 0)
        body[at] = static_cast<char>(random());
      else
        body.insert(at, body.substr(below(body.size()), below(12)));
      auto read = decode_response(body);
      if (read.ok()) {
        ++accepted;
        auto again = decode_response(encode(*read, 2));
        BOOST_REQUIRE_MESSAGE(again.ok(), hiisi::test::why_not(again));
        BOOST_REQUIRE_MESSAGE((*again == *read), body);
      } else {
        BOOST_REQUIRE(!find_invalid_utf8(read.failure().message));
      }
    }
  }
  BOOST_TEST(accepted > 500u);
}

BOOST_AUTO_TEST_SUITE_END()
