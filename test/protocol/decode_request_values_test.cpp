// What decode_request makes of what it accepts, and of requests gone wrong at
// random.
#include "protocol/codec.hpp"
#include "protocol/utf8.hpp"
#include "test/protocol/samples.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

using namespace hiisi::protocol;

namespace {

// A Run of which all is well, with further keys, the last of which count.
run_request run_of(std::string_view further) {
  auto read
      = decode_request(R"({"cmd":{"Run":{"cmd":"./srv","cwd":"/","env":{},)"
                       + std::string{further} + "}}}");
  BOOST_REQUIRE_MESSAGE(read.ok(), further);
  return std::get<run_request>(read->what);
}

} // namespace

BOOST_AUTO_TEST_SUITE(decode_request_values)

BOOST_AUTO_TEST_CASE(argv_wins_over_cmd_and_policy_over_restart) {
  auto run
      = run_of(R"("argv":["a b",""],"policy":"on-failure","restart":true)");
  BOOST_TEST((run.argv == std::vector<std::string>{"a b", ""}));
  BOOST_TEST((run.restart == restart_policy::on_failure));
  BOOST_TEST((run_of(R"("policy":"no","restart":true)").restart
              == restart_policy::no));
}

BOOST_AUTO_TEST_CASE(restart_true_means_always) {
  BOOST_TEST((run_of(R"("restart":true)").restart == restart_policy::always));
  BOOST_TEST((run_of(R"("restart":false)").restart == restart_policy::no));
  BOOST_TEST((run_of(R"("x":0)").restart == restart_policy::no));
}

BOOST_AUTO_TEST_CASE(a_stop_signal_is_taken_by_name_or_number) {
  for (auto value : {"15", R"("TERM")", R"("SIGTERM")", R"("15")"})
    BOOST_TEST(
        run_of(R"("stop_signal":)" + std::string{value}).stop_signal.value()
        == 15);
}

BOOST_AUTO_TEST_CASE(bounds_themselves_are_within) {
  auto run
      = run_of(R"("stop_timeout_ms":3600000,"umask":511,"stop_signal":64)");
  BOOST_TEST(run.stop_timeout->count() == 3600000);
  BOOST_TEST(run.umask.value() == 0777u);
  BOOST_TEST(run.stop_signal.value() == 64);
}

BOOST_AUTO_TEST_CASE(ports_of_a_run_need_say_nothing) {
  auto run = run_of(R"("ports":[{},{"port":null,"label":"web"},)"
                    R"({"port":1024,"udp":true,"new":1}],"listen":"")");
  BOOST_TEST(
      (run.ports == std::vector<port_wish>{{}, {{}, "web"}, {1024, "", true}}));
  BOOST_TEST(run.listen.value().empty());
  BOOST_TEST(run_of(R"("x":0)").ports.empty());
  BOOST_TEST(!run_of(R"("x":0)").listen.has_value());
}

BOOST_AUTO_TEST_CASE(limits_are_bounded_and_known) {
  const auto run = run_of(R"("limits":{"nofile":8,"cpu":1})");
  BOOST_TEST((run.limits
              == std::map<limited_resource, uint64_t>{
                  {limited_resource::nofile, 8}, {limited_resource::cpu, 1}}));
  for (const auto& [limits, says] :
       std::initializer_list<std::pair<std::string, std::string>>{
           {R"({"fun":1})", "\"fun\" cannot be limited"},
           {R"({"nofile":7})", "nofile"},
           {R"({"memory":-1})", "memory"},
           {R"({"cpu":"1"})", "cpu"},
           {R"([1])", "limits"}}) {
    const auto read = decode_request(
        R"({"cmd":{"Run":{"cmd":"x","cwd":"/","env":{},"limits":)" + limits
        + R"(}},"user":"a"})");
    BOOST_TEST_REQUIRE(!read.ok(), limits);
    BOOST_TEST(read.failure().message.find(says) != std::string::npos,
               read.failure().message);
  }
}

BOOST_AUTO_TEST_CASE(a_bare_status_is_everyones_to_the_old_and_ones_own_to_us) {
  auto all = [](std::string_view body) {
    auto read = decode_request(body);
    BOOST_REQUIRE(read.ok());
    return std::get<status_request>(read->what).all;
  };
  BOOST_TEST(all(R"({"cmd":"Status","user":"a"})"));
  BOOST_TEST(!all(R"({"cmd":"Status","user":"a","hiisi":{"protocol":2}})"));
  BOOST_TEST(!all(R"({"cmd":{"Status":null},"hiisi":{"protocol":2}})"));
}

BOOST_AUTO_TEST_CASE(unknown_and_repeated_keys_do_no_harm) {
  auto read = decode_request(
      R"({"x":[{}],"cmd":{"Stop":{"id":1,"id":2,"y":null}},"user":"a",)"
      R"("user":"b","hiisi":{"protocol":3,"z":1}})");
  BOOST_REQUIRE(read.ok());
  BOOST_TEST((*read == request{stop_request{2u}, "b", 3}));
}

BOOST_AUTO_TEST_CASE(no_mutation_of_a_request_does_harm) {
  std::mt19937 random{42};
  auto below = [&](size_t n) { return n == 0 ? 0 : random() % n; };
  constexpr std::string_view tokens[]
      = {"null", "-1",   "1e400", "\"", "\\u0000",    "\\ud800", "{",  "}", "[",
         "]",    "true", ":",     ",",  "4294967296", "\xff",    "\0", "80"};
  size_t accepted = 0;
  for (const auto& sample : hiisi::test::request_samples()) {
    for (int round = 0; round < 600; ++round) {
      auto body = encode(sample.what);
      for (auto n = 1 + below(3); n > 0; --n) {
        auto at = below(body.size());
        switch (below(4)) {
        case 0:
          body[at] = static_cast<char>(random());
          break;
        case 1:
          body.erase(at, 1 + below(8));
          break;
        case 2:
          body.insert(at, tokens[below(std::size(tokens))]);
          break;
        default:
          body.insert(at, body.substr(below(body.size()), below(20)));
        }
      }
      (void)version_of(body);
      auto read = decode_request(body);
      if (read.ok()) {
        ++accepted;
        auto again = decode_request(encode(*read));
        BOOST_REQUIRE_MESSAGE(again.ok(), hiisi::test::why_not(again));
        BOOST_REQUIRE_MESSAGE((*again == *read), body);
      } else {
        BOOST_REQUIRE(!read.failure().message.empty());
        BOOST_REQUIRE(!find_invalid_utf8(read.failure().message));
        BOOST_REQUIRE(read.failure().message.size() < 600);
      }
    }
  }
  // Else the loop would have said nothing about round trips.
  BOOST_TEST(accepted > 1000u);
}

BOOST_AUTO_TEST_SUITE_END()
