#include "hiidet/configuration.hpp"
#include "hiidet/limit_settings.hpp"
#include "test/support/temp_dir.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <regex>
#include <sstream>

using namespace hiisi;
using namespace hiisi::hiidet;
using namespace std::chrono_literals;

namespace {

configuration read(std::string_view text) {
  auto c = read_configuration(text, "hiidet.ron");
  BOOST_TEST_REQUIRE(c.ok(), (c.ok() ? std::string{} : c.failure().message));
  return *std::move(c);
}

std::string refusal(std::string_view text) {
  auto c = read_configuration(text, "hiidet.ron");
  BOOST_TEST_REQUIRE(!c.ok(), text);
  BOOST_TEST((c.failure().code == protocol::errc::invalid_argument));
  return c.failure().message;
}

void require_defaults(const configuration& c) {
  const configuration d;
  BOOST_TEST(c.user == d.user);
  BOOST_TEST(c.admin_group == d.admin_group);
  BOOST_TEST((c.level == d.level));
  BOOST_TEST((c.connections == d.connections));
  BOOST_TEST((c.process.restart == d.process.restart));
  BOOST_TEST((c.process.stop == d.process.stop));
  BOOST_TEST(c.finished_kept == d.finished_kept);
  BOOST_TEST((c.logs == d.logs));
  BOOST_TEST(c.ports.import == d.ports.import);
}

std::string shipped_file() {
  std::ifstream in(HIISI_SOURCE_DIR "/deploy/hiidet.ron");
  std::ostringstream text;
  text << in.rdbuf();
  BOOST_TEST_REQUIRE(!text.str().empty());
  return text.str();
}

} // namespace

BOOST_AUTO_TEST_SUITE(configuration)

BOOST_AUTO_TEST_CASE(nothing_said_is_the_defaults) {
  require_defaults(read("()"));
}

BOOST_AUTO_TEST_CASE(the_shipped_file_is_the_defaults) {
  require_defaults(read(shipped_file()));
}

BOOST_AUTO_TEST_CASE(every_key_of_the_shipped_file_stands_at_its_default) {
  // Takes the two slashes away from whatever looks like a key or its end.
  std::istringstream lines(shipped_file());
  std::string text;
  int keys = 0;
  const std::regex code{R"(^    // ( *([a-z_]+: .*[,(]|\),))$)"};
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (std::regex_match(line, match, code)) {
      line = "    " + match[1].str();
      ++keys;
    }
    text += line + "\n";
  }
  BOOST_TEST(keys > 15);
  auto c = read(text);
  require_defaults(c);
  BOOST_TEST((c.socket == "/run/hiisi/hiisi.sock"));
  BOOST_TEST((c.state_dir == "/var/lib/hiisi"));
  BOOST_TEST((c.runtime_dir == "/run/hiisi"));
  BOOST_TEST(c.ports.avoid.empty());
}

BOOST_AUTO_TEST_CASE(logs_have_bounds) {
  for (const auto* bad :
       {"(logs: (size_kib: 3))", "(logs: (keep: 0))", "(logs: (size: 1))",
        "(logs: (rules: [(size_kib: 64)]))",
        "(logs: (rules: [(user: \"a\", group: \"b\")]))"})
    refusal(bad);
}

BOOST_AUTO_TEST_CASE(every_key_is_taken) {
  auto c = read(R"((
    user: "managed", admin_group: "wheel", socket: "/s", state_dir: "/d",
    system_users: true,
    runtime_dir: "/r", log_level: debug,
    limits: (connections_per_user: 3, bytes_in_flight_per_user: 40000000,
             output_per_connection: 20000000, processes_per_user: 7,
             starts_per_minute: None, contact: "root@example.org",
             rules: [(group: "students", processes: 2, connections: None),
                     (user: "anna", starts_per_minute: 9,
                      bytes_in_flight: 50000000)]),
    stop: (signal: "SIGTERM", timeout_s: 0),
    restart: (backoff_max_s: 10, reset_after_s: 20, give_up_after: 5),
    finished_kept: 7,
    logs: (size_kib: 64, keep: 9, rules: [(user: "anna", size_kib: 0),
                                          (group: "students", keep: 2)]),
    ports: (avoid: [(3000, 3010), (8080, 8080)], import: "/old/ports.ron"),
  ))");
  BOOST_TEST(c.user == "managed");
  BOOST_TEST(c.admin_group == "wheel");
  BOOST_TEST(c.system_users);
  BOOST_TEST((c.socket == "/s"));
  BOOST_TEST((c.state_dir == "/d"));
  BOOST_TEST((c.runtime_dir == "/r"));
  BOOST_TEST((c.level == log_level::debug));
  BOOST_TEST(
      (c.connections == core::connection_settings{3, 40'000'000, 20'000'000}));
  BOOST_TEST(c.limits.usual.processes == 7u);
  BOOST_TEST(c.limits.usual.starts_per_minute == core::no_limit);
  BOOST_TEST(c.limits.contact == "root@example.org");
  core::limit_rule students;
  students.group = "students";
  students.processes = 2;
  students.connections = core::no_limit;
  core::limit_rule anna;
  anna.user = "anna";
  anna.starts_per_minute = 9;
  anna.bytes_in_flight = 50'000'000;
  BOOST_TEST((c.limits.rules == std::vector{students, anna}));
  BOOST_TEST((c.process.stop == core::stop_settings{15, 0ms}));
  BOOST_TEST((c.process.restart == core::restart_settings{10s, 20s, 5}));
  BOOST_TEST(c.finished_kept == 7u);
  BOOST_TEST((c.logs.limits == core::log_limits{65536, 9}));
  BOOST_TEST_REQUIRE(c.logs.rules.size() == 2u);
  BOOST_TEST((c.logs.rules[0].limits == core::log_wishes{0, std::nullopt}));
  BOOST_TEST((c.logs.rules[1].limits == core::log_wishes{std::nullopt, 2}));
  BOOST_TEST((c.ports.avoid
              == std::vector<core::port_range>{{3000, 3010}, {8080, 8080}}));
  BOOST_TEST(c.ports.import == "/old/ports.ron");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_refused_with_its_place) {
  struct row {
    std::string_view text;
    std::string_view says;
  };
  for (const auto& r : std::initializer_list<row>{
           {"", "hiidet.ron:1:"},
           {"(\n  usr: \"x\",\n)", "hiidet.ron:2:"},
           {"(user: 5)", "hiidet.ron:1:8"},
           {"(socket: \"relative\")", "absolute"},
           {"(log_level: loud)", "debug"},
           {"(limits: (connections_per_user: 0))", "hiidet.ron:1:"},
           {"(limits: (bytes_in_flight_per_user: 1000))", "hiidet.ron:1:"},
           {"(limits: (output_per_connection: 16777216))", "hiidet.ron:1:"},
           {"(limits: (processes_per_user: 0))", "from 1 to 1000000, or None"},
           {"(limits: (starts_per_minute: Some(0)))", "hiidet.ron:1:"},
           {"(limits: (rules: [(processes: 3)]))", "`user` and `group`"},
           {"(limits: (rules: [(user: \"a\", procs: 3)]))", "`procs`"},
           {"(limits: (log_bytes_per_user: 0))", "or None for no limit"},
           {"(limits: (rules: [(user: \"a\", log_bytes: \"1GiB\")]))",
            "or None for no limit"},
           {"(limits: (rules: [(user: \"a\", bytes_in_flight: 1)]))",
            "hiidet.ron:1:"},
           {"(stop: (signal: \"SIGNONE\"))", "SIGTERM"},
           {"(stop: (timeout_s: 3601))", "3600"},
           {"(stop: (timeout_s: -1))", "hiidet.ron:1:"},
           {"(restart: (backoff_max_s: 0))", "hiidet.ron:1:"},
           {"(restart: (give_up_after: 0))", "hiidet.ron:1:"},
           {"(ports: (avoid: [(9, 5)]))", "comes first"},
           {"(ports: (avoid: [(1, 70000)]))", "hiidet.ron:1:"},
           {"(ports: (avoid: [5]))", "hiidet.ron:1:"},
           {"(finished_kept: \"all\")", "hiidet.ron:1:"},
       })
    BOOST_TEST(refusal(r.text).find(r.says) != std::string::npos,
               r.text << ": " << refusal(r.text));
}

BOOST_AUTO_TEST_CASE(rules_are_joined_with_the_groups_of_the_host) {
  auto c = read(R"((limits: (connections_per_user: 3, log_bytes_per_user: 5000,
    rules: [(group: "root", processes: 2, log_bytes: None),
    (group: "nobody-has-this", processes: 1)]),
    logs: (size_kib: 64, rules: [(group: "root", keep: 2)])))");
  BOOST_TEST(!limit_policy_of(c, false));
  const auto policy = limit_policy_of(c, true);
  BOOST_TEST_REQUIRE(policy);
  BOOST_TEST(policy->usual.connections == 3u);
  BOOST_TEST(policy->usual.log_bytes == 5000u);
  BOOST_TEST((policy->rules[0].log_bytes == core::no_limit));
  // The limit is of what logs may hold, so it comes with what is said of those.
  BOOST_TEST(policy->logs.limits.bytes == 64u * 1024);
  BOOST_TEST((policy->logs.rules.at(0).gid == 0u));
  BOOST_TEST(policy->usual.bytes_in_flight == c.connections.bytes_per_user);
  BOOST_TEST_REQUIRE(policy->rules.size() == 2u);
  BOOST_TEST((policy->rules[0].gid == 0u));
  BOOST_TEST(!policy->rules[1].gid);
}

BOOST_AUTO_TEST_CASE(a_missing_file_is_the_defaults_unless_asked_for) {
  test::temp_dir place;
  auto c = load_configuration(place / "none.ron", false);
  BOOST_TEST_REQUIRE(c.ok());
  require_defaults(*c);
  auto required = load_configuration(place / "none.ron", true);
  BOOST_TEST_REQUIRE(!required.ok());
  BOOST_TEST((required.failure().code == protocol::errc::not_found));
  BOOST_TEST(required.failure().message.find(place / "none.ron")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_file_is_read_and_named) {
  test::temp_dir place;
  const auto path = place / "hiidet.ron";
  std::ofstream{path} << "(finished_kept: 3)";
  auto c = load_configuration(path, true);
  BOOST_TEST_REQUIRE(c.ok());
  BOOST_TEST(c->finished_kept == 3u);
  std::ofstream{path} << "(finished_kept: )";
  auto damaged = load_configuration(path, false);
  BOOST_TEST_REQUIRE(!damaged.ok());
  BOOST_TEST(damaged.failure().message.starts_with(path + ":1:"));
}

BOOST_AUTO_TEST_CASE(what_is_kept_of_events_and_how_long_hooks_run_is_set) {
  const auto c = read_configuration(
      "(events: (file_mib: 1, files: 2), hooks: (timeout_s: 7))", "x");
  BOOST_TEST_REQUIRE(c.ok());
  BOOST_TEST(c->event_file_bytes == 1024u * 1024u);
  BOOST_TEST(c->event_files == 2u);
  BOOST_TEST((c->hooks.timeout == std::chrono::seconds{7}));
  BOOST_TEST(!read_configuration("(events: (file_mib: 0))", "x").ok());
  BOOST_TEST(!read_configuration("(events: (files: 0))", "x").ok());
  BOOST_TEST(!read_configuration("(hooks: (timeout_s: 0))", "x").ok());
}

BOOST_AUTO_TEST_SUITE_END()
