#include "protocol/codec.hpp"

#include <boost/test/unit_test.hpp>

using namespace hiisi::protocol;
using namespace std::string_literals;

namespace {

run_request old_run() {
  run_request run;
  run.argv = {"./srv", "--port", "8080"};
  run.cwd = "/home/a";
  run.env = {{"K", "V"}};
  return run;
}

} // namespace

BOOST_AUTO_TEST_SUITE(request_encoding)

// The table of the first Hiisi's wire, byte for byte.
BOOST_AUTO_TEST_CASE(the_old_requests_are_as_the_first_hiisi_has_them) {
  struct sample {
    std::string cmd;
    command what;
  };
  for (const auto& [cmd, what] : {
           sample{R"({"Run":{"cmd":"./srv --port 8080","cwd":"/home/a",)"
                  R"("env":{"K":"V"},"restart":false}})",
                  old_run()},
           sample{R"({"Stop":{"id":0}})", stop_request{0u}},
           sample{R"("Status")", status_request{std::nullopt, true}},
           sample{R"({"Logs":{"id":0}})", logs_request{0u}},
           sample{R"({"PortAllocate":{"port":null}})", port_allocate_request{}},
           sample{R"({"PortAllocate":{"port":8080}})",
                  port_allocate_request{8080}},
           sample{R"({"PortFree":{"port":8080}})", port_free_request{8080}},
           sample{R"({"PortLookup":{"user":null}})", port_lookup_request{}},
           sample{R"({"PortLookup":{"user":"alice"}})",
                  port_lookup_request{"alice"}},
       }) {
    auto body = R"({"cmd":)" + cmd + R"(,"user":"alice"})";
    request whole{what, "alice", 1};
    BOOST_TEST(encode(whole) == body);
    auto read = decode_request(body);
    BOOST_REQUIRE_MESSAGE(read.ok(), body);
    BOOST_TEST((*read == whole));
  }
}

BOOST_AUTO_TEST_CASE(what_the_old_wire_cannot_say_is_added_and_comes_back) {
  auto run = old_run();
  run.argv = {"a b", "c"};
  run.restart = restart_policy::on_failure;
  request whole{run, "alice", 1};
  auto body = encode(whole);
  BOOST_TEST(body
             == R"({"cmd":{"Run":{"cmd":"a b c","cwd":"/home/a","env":)"
                R"({"K":"V"},"restart":true,"argv":["a b","c"],)"
                R"("policy":"on-failure"}},"user":"alice"})");
  auto read = decode_request(body);
  BOOST_REQUIRE(read.ok());
  BOOST_TEST((*read == whole));
}

BOOST_AUTO_TEST_CASE(texts_that_are_not_utf8_still_give_json) {
  auto run = old_run();
  run.argv = {"./srv\xff", "\x01\"\\\x7f\xe2\x80\xa8"};
  auto read = decode_request(encode(request{run, "alice", 2}));
  BOOST_REQUIRE(read.ok());
  BOOST_TEST((std::get<run_request>(read->what).argv
              == std::vector<std::string>{"./srv\xef\xbf\xbd",
                                          "\x01\"\\\x7f\xe2\x80\xa8"}));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(request_version)

BOOST_AUTO_TEST_CASE(a_request_without_our_key_is_of_version_1) {
  BOOST_TEST(version_of(R"({"cmd":"Status","user":"a"})") == 1u);
  BOOST_TEST(version_of("") == 1u);
  BOOST_TEST(version_of(R"({"user":"hiisi"})") == 1u);
  BOOST_TEST(version_of(R"({"cmd":"\"hiisi\":{\"protocol\":2}"})") == 1u);
}

BOOST_AUTO_TEST_CASE(the_version_is_found_in_what_is_otherwise_broken) {
  BOOST_TEST(version_of(encode(request{version_request{}, "a", 2})) == 2u);
  BOOST_TEST(version_of(R"({"cmd":"X","hiisi" : { "protocol" : 3 }})") == 3u);
  BOOST_TEST(
      version_of(R"({"hiisi":{"protocol":2},"cmd":)" + std::string(100, '['))
      == 2u);
  BOOST_TEST(version_of(R"({"user":"hiisi","hiisi":{"protocol":2}})") == 2u);
}

BOOST_AUTO_TEST_CASE(what_is_no_version_counts_as_1) {
  for (auto value :
       {"0", "-1", "\"2\"", "4294967296", "99999999999999999999", "", "null"})
    BOOST_TEST(version_of(R"({"hiisi":{"protocol":)" + std::string{value})
                   == 1u,
               value);
}

BOOST_AUTO_TEST_SUITE_END()
