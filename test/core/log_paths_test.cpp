#include "actors/core/log_paths.hpp"
#include "protocol/limits.hpp"

#include <boost/test/unit_test.hpp>

using namespace hiisi::core;
using hiisi::protocol::errc;
using namespace std::string_view_literals;

BOOST_AUTO_TEST_SUITE(log_paths)

BOOST_AUTO_TEST_CASE(both_files_lie_in_the_logs_of_the_home) {
  auto paths = log_paths_for("/home/alice", 7, "my_server");
  BOOST_REQUIRE(paths.ok());
  BOOST_TEST(paths->standard_output == "/home/alice/.logs/7-my_server.out");
  BOOST_TEST(paths->standard_error == "/home/alice/.logs/7-my_server.err");
}

BOOST_AUTO_TEST_CASE(slashes_at_the_end_of_the_home_are_dropped) {
  BOOST_TEST(log_paths_for("/home/a//", 1, "x")->standard_output
             == "/home/a/.logs/1-x.out");
  BOOST_TEST(log_paths_for("/", 1, "x")->standard_output == "/.logs/1-x.out");
}

BOOST_AUTO_TEST_CASE(no_name_leads_out_of_the_directory) {
  for (auto name : {"../../etc/passwd"sv, "/etc/passwd"sv, "a\0b"sv, "a\nb"sv,
                    "\x1b[31m"sv, ".."sv, "naïve"sv}) {
    auto stem = log_stem(name);
    BOOST_TEST(stem.find('/') == std::string::npos);
    BOOST_TEST(stem.find_first_not_of(
                   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                   "0123456789._-")
               == std::string::npos);
  }
  BOOST_TEST(log_stem("../../etc/passwd") == "..-..-etc-passwd");
  BOOST_TEST(log_stem("my  server") == "my-server");
}

BOOST_AUTO_TEST_CASE(a_name_of_which_nothing_is_left_is_replaced) {
  BOOST_TEST(log_stem("") == "process");
  BOOST_TEST(log_stem("///") == "process");
}

BOOST_AUTO_TEST_CASE(a_long_name_is_cut) {
  BOOST_TEST(log_stem(std::string(1000, 'x')).size()
             == hiisi::protocol::max_name_bytes);
}

BOOST_AUTO_TEST_CASE(a_home_that_is_no_absolute_path_is_refused) {
  for (auto home : {"", "home/alice", "~"}) {
    auto paths = log_paths_for(home, 1, "x");
    BOOST_REQUIRE(!paths.ok());
    BOOST_TEST((paths.failure().code == errc::invalid_argument));
  }
}

BOOST_AUTO_TEST_SUITE_END()
