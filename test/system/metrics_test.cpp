// What Prometheus is told, against what is true.
#include "test/support/system_http.hpp"
#include "test/support/system_instance.hpp"
#include "test/support/system_leftovers.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace hiisi::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* any_port = "http: \"127.0.0.1:0\",";

/// Where the instance says that its metrics are.
http_place metrics_of(const instance& here) {
  BOOST_TEST_REQUIRE(here.logs("metrics at "));
  const auto log = here.log();
  const std::string before = "metrics at http://127.0.0.1:";
  const auto at = log.find(before);
  BOOST_TEST_REQUIRE(at != log.npos, log);
  return {static_cast<uint16_t>(std::stoi(log.substr(at + before.size()))), {}};
}

/// Series of one process, by the short names of their families.
class series_of {
public:
  series_of(const http_place& at, uint32_t id) {
    const auto mark = "{id=\"" + std::to_string(id) + "\",";
    const std::string prefix = "hiisi_process_";
    for (const auto& [name, value] : samples(http_body(at, "/metrics"))) {
      const auto labels = name.find(mark);
      if (labels == name.npos)
        continue;
      const auto family = name.substr(prefix.size(), labels - prefix.size());
      sums_[family] += value;
    }
  }
  /// The sum over a family's series; nothing where there are none.
  [[nodiscard]] std::optional<double> operator[](const char* family) const {
    const auto i = sums_.find(family);
    return i == sums_.end() ? std::nullopt : std::optional{i->second};
  }
  [[nodiscard]] bool empty() const { return sums_.empty(); }

private:
  std::map<std::string, double> sums_;
};

/// How often the daemon's threads have gone to sleep so far.
uint64_t wake_ups_of(pid_t pid) {
  uint64_t sum = 0;
  const auto tasks = "/proc/" + std::to_string(pid) + "/task";
  for (const auto& task : std::filesystem::directory_iterator(tasks)) {
    std::ifstream in(task.path() / "status");
    for (std::string line; std::getline(in, line);)
      if (line.starts_with("voluntary_ctxt_switches:"))
        sum += std::stoull(line.substr(line.find(':') + 1));
  }
  return sum;
}

bool is_memory(const std::string& directory) {
  // A file there has no disk under it, so nothing is written to one.
  std::ifstream mounts("/proc/mounts");
  std::string best;
  std::string type;
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream words(line);
    std::string device, where, kind;
    words >> device >> where >> kind;
    if (directory.starts_with(where) && where.size() >= best.size()) {
      best = where;
      type = kind;
    }
  }
  return type == "tmpfs";
}

/// A port of 127.0.0.1 that nobody listens on just now.
uint16_t free_port() {
  const hiisi::os::fd socket(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  ::bind(socket.get(), reinterpret_cast<sockaddr*>(&at), sizeof at);
  ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&at), &size);
  return ntohs(at.sin_port);
}

/// A Prometheus of the test's own that scrapes one place.
class prometheus {
public:
  prometheus(const instance& here, const http_place& target)
      : port_(free_port()) {
    const auto place = here.work_dir(self());
    const auto config = place + "/prometheus.yml";
    std::ofstream(config)
        << "global: {scrape_interval: 1s, evaluation_interval: 1s}\n"
        << "rule_files: [" HIISI_SOURCE_DIR
           "/deploy/prometheus/hiisi-alerts.yml]\n"
        << "scrape_configs:\n- job_name: hiisi\n  static_configs:\n"
        << "  - targets: ['127.0.0.1:" << target.port << "']\n";
    launch what;
    what.who = self();
    what.argv = {"/usr/bin/prometheus", "--config.file=" + config,
                 "--storage.tsdb.path=" + place + "/data",
                 "--web.listen-address=127.0.0.1:" + std::to_string(port_),
                 "--log.level=warn"};
    what.env = {{"PATH", "/usr/bin:/bin"}, {instance_marker, here.place()}};
    what.cwd = place;
    const hiisi::os::fd output(
        ::open((place + "/log").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    pid_ = start_program(what, output.get(), output.get());
  }
  ~prometheus() {
    ::kill(pid_, SIGTERM);
    if (!wait_for_exit(pid_))
      ::kill(pid_, SIGKILL);
  }
  prometheus(const prometheus&) = delete;
  prometheus& operator=(const prometheus&) = delete;

  /// The value of a query that has one.
  [[nodiscard]] std::optional<double> query(const std::string& what) const {
    std::string encoded;
    for (const char byte : what) {
      const auto c = static_cast<unsigned char>(byte);
      char hex[4];
      std::snprintf(hex, sizeof hex, "%%%02X", c);
      encoded += hex;
    }
    const auto answer = http_get({port_, {}}, "/api/v1/query?query=" + encoded);
    const auto body = answer ? answer->find("{\"status\"") : std::string::npos;
    if (body == std::string::npos)
      return std::nullopt;
    // In chunks where it is long; ours are short.
    const auto end = answer->rfind('}');
    const json said(answer->substr(body, end - body + 1));
    if (said["data"]["result"].size() != 1)
      return std::nullopt;
    return std::stod(said["data"]["result"][0]["value"][1].str());
  }
  [[nodiscard]] bool comes_to(const std::string& what, double value) const {
    return wait_until([&] { return query(what) == value; }, 60s);
  }

private:
  uint16_t port_;
  pid_t pid_ = -1;
};

} // namespace

BOOST_AUTO_TEST_SUITE(metrics)

BOOST_AUTO_TEST_CASE(they_tell_what_a_process_truly_uses) {
  const instance here{{.config = any_port}};
  const auto at = metrics_of(here);
  call_options options;
  options.cwd = here.work_dir(alice());
  const auto id = here.run(
      alice(),
      {here.probe(), "wait", "burn=1000", "hold=64", "write=10", "fork=3"},
      options);
  here.wait_for_output(alice(), id, "ready");
  // The kernel's counts may be a moment behind.
  BOOST_TEST(wait_until(
      [&] {
        const series_of seen(at, id);
        return seen["cpu_seconds_total"].value_or(0) >= 0.99
               && seen["tree_processes"] == 4;
      },
      patience));
  const series_of seen(at, id);
  BOOST_TEST((seen["up"] == 1));
  BOOST_TEST(*seen["cpu_seconds_total"] >= 0.99);
  BOOST_TEST(*seen["cpu_seconds_total"] < 2);
  constexpr double held = 64 * 1024 * 1024;
  // Its children have what they share of it in RAM as well.
  BOOST_TEST(*seen["resident_memory_bytes"] >= held);
  BOOST_TEST((seen["threads"] == 4));
  BOOST_TEST((seen["restarts_total"] == 0));
  BOOST_TEST(!seen["last_exit_status"].has_value());
  const auto since
      = static_cast<double>(::time(nullptr)) - *seen["start_time_seconds"];
  BOOST_TEST(since >= 0);
  BOOST_TEST(since < 600);
  // Others' disk traffic and shares of memory are for root alone to see.
  const auto sees_all = mode_of_test() != system_mode::dropped;
  BOOST_TEST(seen["io_written_bytes_total"].has_value() == sees_all);
  BOOST_TEST(seen["proportional_memory_bytes"].has_value() == sees_all);
  if (sees_all) {
    BOOST_TEST(*seen["proportional_memory_bytes"] >= held * 0.99);
    BOOST_TEST(*seen["proportional_memory_bytes"] < held * 1.5);
    if (!is_memory(options.cwd))
      BOOST_TEST(*seen["io_written_bytes_total"] >= 10 * 1024 * 1024);
  }
}

BOOST_AUTO_TEST_CASE(they_tell_how_it_ended_and_forget_what_is_removed) {
  const instance here{{.config = any_port}};
  const auto at = metrics_of(here);
  const auto id = here.run_probe(alice(), {"wait", "exit=7", "after=1"});
  here.wait_for(alice(), id, "exited");
  const series_of seen(at, id);
  BOOST_TEST((seen["up"] == 0));
  BOOST_TEST((seen["last_exit_status"] == 7));
  BOOST_TEST(!seen["cpu_seconds_total"].has_value());
  const auto all = samples(http_body(at, "/metrics"));
  BOOST_TEST(all.at("hiisi_starts_total") == 1);
  BOOST_TEST(all.at("hiisi_exits_total{kind=\"failure\"}") == 1);
  BOOST_TEST(all.at("hiisi_processes{state=\"exited\"}") == 1);
  BOOST_TEST(all.at("hiisi_request_duration_seconds_count{verb=\"run\"}") == 1);
  BOOST_TEST(all.at("hiisi_keeper_round_trip_seconds_count") >= 1);
  BOOST_TEST(all.at("hiisi_keeper_connected") == 1);
  BOOST_TEST(here.hiisi(alice(), {"rm", std::to_string(id)}).status == 0);
  BOOST_TEST(series_of(at, id).empty());
}

BOOST_AUTO_TEST_CASE(names_and_commands_stay_harmless) {
  const instance here{{.config = any_port}};
  const auto at = metrics_of(here);
  const auto id = here.run_probe(alice(), {"wait", "print=secret-word"});
  here.wait_for(alice(), id, "running");
  const auto page = http_body(at, "/metrics");
  for (const auto* hidden : {"secret-word", "HIISI_RUN", "/bin"})
    BOOST_TEST(page.find(hidden) == page.npos, hidden);
  BOOST_TEST(page.find("user=\"" + alice().name + "\"") != page.npos);
}

BOOST_AUTO_TEST_CASE(a_private_instance_has_a_socket_of_its_own) {
  const instance here;
  BOOST_TEST_REQUIRE(here.logs("metrics at "));
  const auto path
      = std::filesystem::path(here.socket()).parent_path() / "http.sock";
  if (mode_of_test() != system_mode::user || ::geteuid() == 0
      || ::getuid() == alice().uid)
    BOOST_TEST(http_body({0, path.string()}, "/metrics").find("hiisi_build")
               != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_port_that_is_taken_keeps_nobody_from_starting) {
  const instance first{{.config = any_port}};
  const auto at = metrics_of(first);
  instance second{
      {.config = "http: \"127.0.0.1:" + std::to_string(at.port) + "\","}};
  BOOST_TEST(second.logs("there are no metrics: "));
  BOOST_TEST(second.hiisi(alice(), {"status"}).status == 0);
}

BOOST_AUTO_TEST_CASE(a_service_manager_may_hold_the_address) {
  const std::string activate = "/usr/bin/systemd-socket-activate";
  if (::access(activate.c_str(), X_OK) != 0) {
    BOOST_TEST_MESSAGE("skipped: systemd is not installed here");
    return;
  }
  const http_place at{free_port(), {}};
  // In the place of what is configured.
  instance here{{.config = any_port, .idle = true}};
  here.start_under({activate, "--fdname=http",
                    "--listen=127.0.0.1:" + std::to_string(at.port)},
                   [&] { return http_get(at, "/metrics").has_value(); });
  BOOST_TEST(http_body(at, "/metrics").find("hiisi_build_info")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_port_that_is_held_is_in_use_by_its_owner) {
  const instance here{{.config = any_port}};
  const auto at = metrics_of(here);
  const auto count = [&](const std::string& series) {
    return samples(http_body(at, "/metrics")).at(series);
  };
  const auto id = here.run_probe(alice(), {"serve", "{port}"},
                                 {"--port=web", "--listen"});
  here.wait_for_output(alice(), id, "ready");
  // The socket is the daemon's, and the daemon may be another user.
  BOOST_TEST(count("hiisi_ports{state=\"in_use\"}") == 1);
  BOOST_TEST(count("hiisi_ports{state=\"taken\"}") == 0);
  BOOST_TEST(count("hiisi_user_ports{user=\"" + alice().name + "\"}") == 1);
}

BOOST_AUTO_TEST_CASE(off_is_off) {
  const instance here{{.config = "http: \"off\","}};
  BOOST_TEST(here.hiisi(alice(), {"status"}).status == 0);
  BOOST_TEST(here.log().find("metrics") == std::string::npos, here.log());
}

BOOST_AUTO_TEST_CASE(nobody_wakes_up_while_nobody_asks) {
  const instance here{{.config = any_port}};
  const auto at = metrics_of(here);
  const auto id = here.run_probe(alice(), {"wait"});
  here.wait_for(alice(), id, "running");
  std::ignore = http_body(at, "/metrics");
  // Timers of what was just done may still end; then there is nothing.
  BOOST_TEST(wait_until(
      [&] {
        const auto before = wake_ups_of(here.daemon());
        std::this_thread::sleep_for(3s);
        return wake_ups_of(here.daemon()) == before;
      },
      90s));
}

BOOST_AUTO_TEST_CASE(scrapers_at_once_all_get_a_page) {
  const instance here{{.config = any_port}};
  const auto at = metrics_of(here);
  std::atomic<int> whole{0};
  {
    std::vector<std::jthread> scrapers;
    for (int i = 0; i < 8; ++i)
      scrapers.emplace_back([&] {
        for (int n = 0; n < 25; ++n)
          whole += http_body(at, "/metrics").ends_with('\n') ? 1 : 0;
      });
  }
  BOOST_TEST(whole == 200);
}

BOOST_AUTO_TEST_CASE(a_prometheus_answers_with_the_right_values) {
  if (::access("/usr/bin/prometheus", X_OK) != 0) {
    BOOST_TEST_MESSAGE("skipped: the package prometheus is not installed");
    return;
  }
  const instance here{{.config = any_port}};
  const auto at = metrics_of(here);
  const auto id = here.run_probe(alice(), {"wait", "fork=2", "burn=300"});
  here.wait_for_output(alice(), id, "ready");
  const auto dead = here.run_probe(alice(), {"wait", "exit=7", "after=1"});
  here.wait_for(alice(), dead, "exited");
  const prometheus server(here, at);
  BOOST_TEST(server.comes_to("up{job=\"hiisi\"}", 1));
  const auto of = [](const std::string& family, uint32_t process) {
    return family + "{id=\"" + std::to_string(process) + "\",user=\""
           + alice().name + "\"}";
  };
  BOOST_TEST(server.comes_to("hiisi_processes{state=\"running\"}", 1));
  BOOST_TEST(server.comes_to(of("hiisi_process_up", id), 1));
  BOOST_TEST(server.comes_to(of("hiisi_process_tree_processes", id), 3));
  BOOST_TEST(server.comes_to(of("hiisi_process_last_exit_status", dead), 7));
  BOOST_TEST(server.comes_to("sum(" + of("hiisi_process_cpu_seconds_total", id)
                                 + ") >= bool 0.29",
                             1));
  BOOST_TEST(server.comes_to("count(ALERTS{alertname=\"HiisiDown\"}) or "
                             "vector(0)",
                             0));
}

BOOST_AUTO_TEST_SUITE_END()
