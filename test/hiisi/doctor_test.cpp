#include "hiisi/doctor_facts.hpp"
#include "test/support/complaints.hpp"
#include "test/support/temp_dir.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>

#include <sys/stat.h>
#include <unistd.h>

using namespace hiisi::cli;
using hiisi::protocol::finding;
using hiisi::protocol::verdict;

namespace {

caller_facts healthy() {
  caller_facts facts;
  facts.kernel = {"6.18.0", true, true, true, true, true};
  facts.logs.home = "/home/ann";
  facts.logs.home_there = true;
  facts.logs.path = "/home/ann/.logs";
  facts.logs.there = facts.logs.can_make = facts.logs.own_directory
      = facts.logs.writable = facts.logs.makes_holes = true;
  facts.logs.free_bytes = uint64_t{1} << 34;
  facts.daemon.version
      = hiisi::protocol::version_info{"1.0.0", 2, 7, 107, true};
  facts.daemon.report = hiisi::protocol::doctor_report{};
  facts.release = "1.0.0";
  return facts;
}

std::vector<finding>
found_with(const std::function<void(caller_facts&)>& change) {
  return hiisi::test::complaints_of(healthy(), change);
}

struct complaint {
  const char* subject;
  verdict what;
  std::function<void(caller_facts&)> change;
};

const complaint complaints[] = {
    {"kernel", verdict::wrong, [](auto& f) { f.kernel.pidfd = false; }},
    {"kernel", verdict::note, [](auto& f) { f.kernel.pidfs = false; }},
    {"kernel", verdict::note, [](auto& f) { f.kernel.exit_status = false; }},
    {"cgroups", verdict::note, [](auto& f) { f.kernel.cgroup2 = false; }},
    {"cgroups", verdict::note, [](auto& f) { f.kernel.cgroup_kill = false; }},
    {"home", verdict::wrong, [](auto& f) { f.logs.home_there = false; }},
    {"logs", verdict::wrong, [](auto& f) { f.logs.own_directory = false; }},
    {"logs", verdict::wrong, [](auto& f) { f.logs.writable = false; }},
    {"logs", verdict::wrong,
     [](auto& f) { f.logs.there = f.logs.can_make = false; }},
    {"logs", verdict::wrong, [](auto& f) { f.logs.free_bytes = 4096; }},
    {"logs", verdict::note, [](auto& f) { f.logs.open_to_others = true; }},
    {"log rotation", verdict::wrong,
     [](auto& f) { f.logs.makes_holes = false; }},
    {"daemon", verdict::wrong, [](auto& f) { f.daemon.version.reset(); }},
    {"daemon", verdict::wrong, [](auto& f) { f.daemon.report.reset(); }},
    {"daemon", verdict::note, [](auto& f) { f.release = "1.1.0"; }},
};

} // namespace

BOOST_AUTO_TEST_SUITE(doctor)

BOOST_AUTO_TEST_CASE(a_healthy_host_is_told_so) {
  BOOST_TEST(found_with([](auto&) {}).empty());
}

BOOST_AUTO_TEST_CASE(each_thing_that_is_missing_is_one_line_with_advice) {
  for (const auto& one : complaints) {
    const auto found = found_with(one.change);
    BOOST_TEST_CONTEXT(one.subject) {
      BOOST_TEST_REQUIRE(found.size() == 1u);
      BOOST_TEST(found[0].subject == one.subject);
      BOOST_TEST((found[0].what == one.what));
      BOOST_TEST(!found[0].advice.empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_daemon_that_is_not_there_is_told_with_its_hint) {
  const auto found = found_with([](auto& f) {
    f.daemon = {};
    f.daemon.fault = hiisi::protocol::make_error(
        hiisi::protocol::errc::unavailable, "nobody listens", "start it");
    f.no_program = "hiidet was not found";
  });
  BOOST_TEST_REQUIRE(found.size() == 2u);
  BOOST_TEST(found[0].message.starts_with("nobody listens"));
  BOOST_TEST(found[0].advice == "start it");
  BOOST_TEST(found[1].subject == "programs");
}

BOOST_AUTO_TEST_CASE(what_the_daemon_found_is_shown) {
  const auto found = found_with([](auto& f) {
    f.daemon.report->findings.push_back(
        {verdict::wrong, "state", "full", "free some"});
  });
  BOOST_TEST_REQUIRE(found.size() == 1u);
  BOOST_TEST(found[0].subject == "state");
}

BOOST_AUTO_TEST_CASE(the_directory_of_logs_is_looked_at_and_left_as_it_was) {
  const hiisi::test::temp_dir home;
  auto logs = look_at_logs(home.path());
  BOOST_TEST(logs.home_there);
  BOOST_TEST(!logs.there);
  BOOST_TEST(logs.can_make);
  BOOST_TEST(std::filesystem::is_empty(home.path()));
  BOOST_TEST(::mkdir(logs.path.c_str(), 0755) == 0);
  logs = look_at_logs(home.path());
  BOOST_TEST(logs.there);
  BOOST_TEST(logs.own_directory);
  BOOST_TEST(logs.writable);
  BOOST_TEST(logs.open_to_others);
  BOOST_TEST(std::filesystem::is_empty(logs.path));
  BOOST_TEST(::rmdir(logs.path.c_str()) == 0);
  std::ofstream{logs.path} << "in the way";
  BOOST_TEST(!look_at_logs(home.path()).own_directory);
  BOOST_TEST(!look_at_logs(home / "nowhere").home_there);
}

BOOST_AUTO_TEST_SUITE_END()
