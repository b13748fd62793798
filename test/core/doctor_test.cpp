#include "actors/core/doctor.hpp"
#include "test/support/complaints.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <functional>

using namespace hiisi::core;
using hiisi::protocol::finding;
using hiisi::protocol::verdict;

namespace {

constexpr uint64_t gibibyte = uint64_t{1} << 30;

/// The system's daemon on a host that has everything.
doctor_facts healthy() {
  doctor_facts facts;
  facts.system = true;
  facts.uid = 107;
  facts.keeper = {true, true, true, "/sys/fs/cgroup/hiisi"};
  facts.controllers = facts.handed_down = {"cpu", "memory", "pids"};
  facts.confined = true;
  facts.state = volume_facts{"/var/lib/hiisi", 10 * gibibyte, 5 * gibibyte,
                             100'000,          true,          false};
  facts.runtime
      = volume_facts{"/run/hiisi", gibibyte, gibibyte, 100'000, true, true};
  facts.descriptors = 524'288;
  facts.boot_id = true;
  facts.ports_to_choose = 30'000;
  facts.processes = 200;
  facts.most_processes = 32'768;
  facts.wall_clock = 1'795'572'725;
  return facts;
}

/// What is found with one thing changed that is not as in healthy().
std::vector<finding>
found_with(const std::function<void(doctor_facts&)>& change) {
  return hiisi::test::complaints_of(healthy(), change);
}

struct complaint {
  const char* subject;
  verdict what;
  std::function<void(doctor_facts&)> change;
};

const complaint complaints[] = {
    {"keeper", verdict::wrong, [](auto& f) { f.keeper.ready = false; }},
    {"keeper", verdict::note, [](auto& f) { f.keeper.known = false; }},
    {"trees", verdict::note, [](auto& f) { f.keeper.cgroups = false; }},
    {"controllers", verdict::note, [](auto& f) { f.controllers = {"cpu"}; }},
    {"controllers", verdict::note, [](auto& f) { f.handed_down = {"cpu"}; }},
    {"user", verdict::note, [](auto& f) { f.uid = 0; }},
    {"confinement", verdict::note, [](auto& f) { f.confined = false; }},
    {"state", verdict::wrong, [](auto& f) { f.state.reset(); }},
    {"state", verdict::wrong, [](auto& f) { f.state->writable = false; }},
    {"state", verdict::wrong, [](auto& f) { f.state->free_bytes = 1 << 20; }},
    {"state", verdict::wrong, [](auto& f) { f.state->free_files = 3; }},
    {"state", verdict::wrong, [](auto& f) { f.state->in_memory = true; }},
    {"runtime", verdict::wrong, [](auto& f) { f.runtime->writable = false; }},
    {"runtime", verdict::note, [](auto& f) { f.runtime->in_memory = false; }},
    {"reboots", verdict::wrong, [](auto& f) { f.boot_id = false; }},
    {"configuration", verdict::wrong,
     [](auto& f) { f.configuration_fault = "hiidet.ron:3:1: no such key"; }},
    {"registry", verdict::wrong,
     [](auto& f) { f.registry_fault = "ports.ron:1:1: empty"; }},
    {"listeners", verdict::wrong, [](auto& f) { f.sockets_fault = "none"; }},
    {"ports", verdict::wrong, [](auto& f) { f.ports_to_choose = 0; }},
    {"ports", verdict::note, [](auto& f) { f.ports_to_choose = 12; }},
    {"rotation", verdict::wrong, [](auto& f) { f.no_rotation = "missing"; }},
    {"logger", verdict::wrong, [](auto& f) { f.no_logger = "missing"; }},
    {"descriptors", verdict::wrong, [](auto& f) { f.descriptors = 256; }},
    {"descriptors", verdict::note, [](auto& f) { f.descriptors = 1024; }},
    {"processes", verdict::wrong, [](auto& f) { f.processes = 32'000; }},
    {"processes", verdict::note, [](auto& f) { f.most_processes = 0; }},
    {"proc", verdict::note, [](auto& f) { f.hides_processes = true; }},
    {"clock", verdict::wrong, [](auto& f) { f.wall_clock = 60; }},
    {"logout", verdict::wrong,
     [](auto& f) { f.loses_runtime_at_logout = true; }},
    {"logout", verdict::wrong, [](auto& f) { f.killed_at_logout = true; }},
};

} // namespace

BOOST_AUTO_TEST_SUITE(doctor)

BOOST_AUTO_TEST_CASE(nothing_is_said_against_a_host_that_has_everything) {
  BOOST_TEST(found_with([](auto&) {}).empty());
  BOOST_TEST(examine(healthy()).size() > 10u);
}

BOOST_AUTO_TEST_CASE(each_thing_that_is_missing_is_one_line_with_advice) {
  for (const auto& one : complaints) {
    const auto found = found_with(one.change);
    BOOST_TEST_CONTEXT(one.subject) {
      BOOST_TEST_REQUIRE(found.size() == 1u);
      BOOST_TEST(found[0].subject == one.subject);
      BOOST_TEST((found[0].what == one.what));
      BOOST_TEST(!found[0].message.empty());
      BOOST_TEST(!found[0].advice.empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_file_system_that_counts_no_files_is_not_full) {
  BOOST_TEST(found_with([](auto& f) { f.state->free_files.reset(); }).empty());
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_quoted) {
  const auto found = found_with(
      [](auto& f) { f.configuration_fault = "hiidet.ron:3:1: no such key"; });
  BOOST_TEST(found[0].message.find("hiidet.ron:3:1") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
