#include "hiidet/metrics_text.hpp"
#include "test/support/temp_dir.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <malloc.h>
#include <unistd.h>

using namespace hiisi;
using hiidet::metrics_text;
using namespace std::chrono_literals;

namespace {

/// A page with a process of that name and owner, and something everywhere.
core::metrics_reading reading(const std::string& name, const std::string& user,
                              uint32_t processes = 1) {
  core::metrics_reading what;
  what.version = "1.2.3";
  what.tallies.requests[0].buckets[2] = 3;
  what.tallies.requests[0].sum = 300us;
  what.tallies.keeper.buckets.back() = 1;
  what.tallies.log_segments = 3;
  what.tallies.log_bytes_rotated = 31457280;
  for (uint32_t id = 1; id <= processes; ++id) {
    auto& p = what.processes.emplace_back();
    p.id = id;
    p.name = name;
    p.user = user;
    p.up = true;
    p.restarts = 4;
    p.last_exit_status = 137;
    p.started = protocol::wall_time{1'763'860'000s + 500ms};
    p.output_log_bytes = 11;
    p.error_log_bytes = 12;
    auto& u = p.usage.emplace();
    u.cpu_user = 1s;
    u.cpu_system = 500ms;
    u.resident = 64 * 1024 * 1024;
    u.proportional = 60 * 1024 * 1024;
    u.processes = 4;
    u.threads = 5;
    u.descriptors = 6;
    u.read_bytes = 7;
    u.written_bytes = 10 * 1024 * 1024;
  }
  auto& u = what.users[user];
  u.unused_ports = 2;
  u.processes[1] = processes;
  u.cpu = 1500ms;
  u.quotas.push_back({"connections", 2, 64});
  what.ports = core::port_counts{1, 5, 2, 3, 4};
  what.host.cpu = {{"user", 3s}, {"idle", 100s}};
  what.host.memory_total = 1 << 30;
  what.volumes.push_back({"state", 100, 50});
  return what;
}

bool has_line(const std::string& page, const std::string& line) {
  return page.find("\n" + line + "\n") != page.npos;
}

/// What promtool ends with for the page; nothing where there is no promtool.
std::optional<int> promtool(const std::string& page) {
  if (std::system("command -v promtool >/dev/null") != 0)
    return std::nullopt;
  const test::temp_dir place;
  std::ofstream(place / "page") << page;
  const auto command = "promtool check metrics < " + (place / "page") + " 1>&2";
  return std::system(command.c_str());
}

} // namespace

BOOST_AUTO_TEST_SUITE(metrics_page)

BOOST_AUTO_TEST_CASE(every_value_stands_where_its_name_says) {
  const auto page = metrics_text(reading("web", "anna"));
  const std::string who = R"(id="1",name="web",user="anna")";
  for (
      const auto& line : std::vector<std::string>{
          R"(hiisi_build_info{version="1.2.3"} 1)",
          "hiisi_process_up{" + who + "} 1",
          "hiisi_process_cpu_seconds_total{" + who + R"(,mode="user"} 1)",
          "hiisi_process_cpu_seconds_total{" + who + R"(,mode="system"} 0.5)",
          "hiisi_process_resident_memory_bytes{" + who + "} 67108864",
          "hiisi_process_tree_processes{" + who + "} 4",
          "hiisi_process_threads{" + who + "} 5",
          "hiisi_process_open_fds{" + who + "} 6",
          "hiisi_process_io_written_bytes_total{" + who + "} 10485760",
          "hiisi_process_start_time_seconds{" + who + "} 1763860000.5",
          "hiisi_process_restarts_total{" + who + "} 4",
          "hiisi_process_last_exit_status{" + who + "} 137",
          "hiisi_process_log_bytes{" + who + R"(,stream="stderr"} 12)",
          R"(hiisi_processes{state="running"} 1)",
          R"(hiisi_user_processes{user="anna",state="running"} 1)",
          R"(hiisi_user_cpu_seconds_total{user="anna"} 1.5)",
          R"(hiisi_user_quota_limit{user="anna",quota="connections"} 64)",
          R"(hiisi_ports{state="idle"} 1)",
          R"(hiisi_user_ports_unused{user="anna"} 2)",
          R"(hiisi_ports{state="unused"} 5)",
          R"(hiisi_ports{state="in_use"} 2)",
          R"(hiisi_ports{state="taken"} 3)",
          R"(hiisi_ports{state="unregistered"} 4)",
          "hiisi_log_rotated_bytes_total 31457280",
          "hiisi_log_segments_total 3",
          "hiisi_log_rotation_failures_total 0",
          R"(hiisi_request_duration_seconds_count{verb="run"} 3)",
          R"(hiisi_request_duration_seconds_bucket{verb="run",le="0.0001"} 0)",
          R"(hiisi_request_duration_seconds_bucket{verb="run",le="0.00025"} 3)",
          R"(hiisi_keeper_round_trip_seconds_bucket{le="15"} 0)",
          R"(hiisi_keeper_round_trip_seconds_bucket{le="+Inf"} 1)",
          R"(hiisi_host_cpu_seconds_total{mode="idle"} 100)"})
    BOOST_TEST(has_line(page, line), line << "\nis not in\n" << page);
}

BOOST_AUTO_TEST_CASE(what_is_not_known_has_no_series) {
  auto what = reading("web", "anna");
  what.ports.reset();
  auto& p = what.processes.front();
  p.usage->proportional.reset();
  p.usage->read_bytes.reset();
  p.last_exit_status.reset();
  p.output_log_bytes.reset();
  const auto page = metrics_text(what);
  for (const auto* gone :
       {"hiisi_ports", "proportional", "io_read", "last_exit_status",
        R"(stream="stdout")", "hiisi_process_backoff_seconds"})
    BOOST_TEST(page.find(gone) == page.npos, gone);
  p.usage.reset();
  p.up = false;
  BOOST_TEST(metrics_text(what).find("hiisi_process_resident") == page.npos);
}

BOOST_AUTO_TEST_CASE(hostile_names_break_nothing) {
  for (const std::string& name : std::vector<std::string>{
           std::string{"\"} 1\nhiisi_evil 1"}, std::string{"back\\slash"},
           std::string{"\xff\xfe\x80"}, std::string{"\xf0\x9f\x98"},
           std::string{"{}=\",\t\r\x1b[0m"}, std::string{},
           std::string("nul\0in", 6), std::string{"\u202e\u00e4"}}) {
    const auto page = metrics_text(reading(name, name));
    BOOST_TEST(page.find("\nhiisi_evil") == page.npos, page);
    BOOST_TEST(page.find('\xff') == page.npos);
    if (const auto verdict = promtool(page))
      BOOST_TEST(*verdict == 0, page);
  }
}

BOOST_AUTO_TEST_CASE(promtool_finds_nothing_to_complain_of) {
  const auto verdict = promtool(metrics_text(reading("web", "anna", 3)));
  if (!verdict)
    BOOST_TEST_MESSAGE("skipped: promtool (package prometheus) is missing");
  else
    BOOST_TEST(*verdict == 0);
}

BOOST_AUTO_TEST_CASE(a_page_of_a_thousand_takes_little_more_than_its_text) {
  const auto what = reading("some-name", "anna", 1000);
  const auto before = ::mallinfo2().uordblks;
  const auto page = metrics_text(what);
  BOOST_TEST(page.size() > 1'000'000u);
  BOOST_TEST(page.size() < 3'000'000u);
  BOOST_TEST(::mallinfo2().uordblks - before < 2 * page.size() + 1'000'000);
}

BOOST_AUTO_TEST_SUITE_END()
