#include "actors/core/start_failure.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <set>

using namespace hiisi::core;
using hiisi::keeper_wire::stage;

namespace {

process_spec web() {
  process_spec spec;
  spec.id = 7;
  spec.name = "web";
  spec.user = "alice";
  spec.argv = {"./web", "--port", "8080"};
  spec.cwd = "/home/alice/site";
  return spec;
}

std::string words(stage at, int error, const process_spec& spec = web()) {
  return describe_start_failure(at, error, spec, "/home/alice");
}

} // namespace

BOOST_AUTO_TEST_SUITE(start_failure)

BOOST_AUTO_TEST_CASE(each_stage_says_what_went_wrong_and_where) {
  struct row {
    stage at;
    int error;
    std::string_view words;
  };
  for (const auto& r : std::initializer_list<row>{
           {stage::working_directory, EACCES,
            "could not start: chdir /home/alice/site: Permission denied"},
           {stage::execute, ENOENT,
            "could not start: ./web: No such file or directory"},
           {stage::execute, EACCES,
            "could not start: ./web: Permission denied"},
           {stage::log_directory, ENOSPC,
            "could not start: log directory /home/alice/.logs: No space "
            "left on device"},
           {stage::gate, ECANCELED,
            "could not start: it was called off before it ran"},
           {stage::uid, EAGAIN,
            "could not start: becoming alice: Resource temporarily "
            "unavailable"},
           {stage::deadline, ETIMEDOUT,
            "could not start: ./web: it did not begin within 10 s (is a file "
            "system hanging?)"},
           {stage::tree_limits, ENOENT,
            "could not start: nothing here can hold it to --limit cpus=, which "
            "takes a cgroup with a cpu controller (hiisi doctor tells why "
            "there is none)"},
           {stage::tree_limits, EINVAL,
            "could not start: limiting its cgroup: Invalid argument"},
       })
    BOOST_TEST(words(r.at, r.error) == r.words);
}

BOOST_AUTO_TEST_CASE(a_log_file_is_named) {
  const auto text = words(stage::standard_output_log, EACCES);
  BOOST_TEST(text.find("/home/alice/") != std::string::npos, text);
  BOOST_TEST(text.find("7") != std::string::npos, text);
  BOOST_TEST(text != words(stage::standard_error_log, EACCES));
}

BOOST_AUTO_TEST_CASE(a_bare_name_was_looked_for_in_path) {
  auto spec = web();
  spec.argv = {"webserver"};
  BOOST_TEST(words(stage::execute, ENOENT, spec)
             == "could not start: webserver: no such program in PATH");
}

BOOST_AUTO_TEST_CASE(no_two_stages_read_alike) {
  std::set<std::string> all;
  for (auto at = static_cast<uint32_t>(stage::none);
       at <= static_cast<uint32_t>(stage::tree_limits); ++at) {
    const auto text = words(static_cast<stage>(at), EPERM);
    BOOST_TEST(text.starts_with("could not start: "));
    BOOST_TEST(all.insert(text).second, text);
  }
}

BOOST_AUTO_TEST_CASE(what_a_newer_keeper_says_is_passed_on) {
  BOOST_TEST(words(static_cast<stage>(999), EACCES)
             == "could not start: Permission denied");
}

BOOST_AUTO_TEST_CASE(an_owner_without_a_home_still_gets_a_reason) {
  BOOST_TEST(
      describe_start_failure(stage::standard_error_log, EACCES, web(), "")
          .starts_with("could not start: log file "));
  BOOST_TEST(describe_start_failure(stage::execute, EACCES, process_spec{}, "")
                 .starts_with("could not start: "));
}

BOOST_AUTO_TEST_CASE(a_refusal_of_the_keepers_is_put_into_words) {
  BOOST_TEST(
      describe_refusal(EPERM)
      == "could not start: the keeper does not serve this user (one with "
         "a uid below 1000 is a service's; system_users in hiidet.ron "
         "lets them)");
  BOOST_TEST(describe_refusal(ENOSPC)
             == "could not start: the keeper holds 16384 processes already, "
                "which is all it can");
  BOOST_TEST(describe_refusal(EBUSY)
             == "could not start: the keeper refused: Device or resource "
                "busy");
}

BOOST_AUTO_TEST_SUITE_END()
