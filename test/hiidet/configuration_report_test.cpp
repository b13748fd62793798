#include "hiidet/configuration_report.hpp"
#include "test/support/system_json.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <regex>

using namespace hiisi;
using test::json;

namespace {

/// "value from" of one key.
std::string shown(const json& report, const std::string& key) {
  for (const auto& s : report["settings"].items())
    if (s["key"].str() == key)
      return s["value"].str() + " from " + s["from"].str();
  return "(not shown)";
}

json report_of(const std::string& text, const hiidet::options& given = {},
               bool system = true) {
  auto settings = hiidet::read_configuration(text, "x");
  BOOST_TEST_REQUIRE(settings.ok());
  const os::places where{"/s/hiisi.sock", "/state", "/run/x", "/run/x/k",
                         system};
  return json{
      hiidet::report_configuration(*settings, where, given, "/etc/x", text)};
}

} // namespace

BOOST_AUTO_TEST_SUITE(configuration_report)

BOOST_AUTO_TEST_CASE(a_setting_says_whether_the_file_has_it) {
  const auto report = report_of("(finished_kept: 3, stop: (timeout_s: 9))");
  BOOST_TEST(shown(report, "finished_kept") == "3 from file");
  BOOST_TEST(shown(report, "stop.timeout_s") == "9 from file");
  BOOST_TEST(shown(report, "stop.signal") == "SIGINT from default");
  BOOST_TEST(shown(report, "events.files") == "5 from default");
  BOOST_TEST(report["file"].str() == "/etc/x");
}

BOOST_AUTO_TEST_CASE(the_command_line_comes_before_the_file) {
  hiidet::options given;
  given.state_dir = "/state";
  const auto report
      = report_of("(state_dir: \"/other\", socket: \"/s\")", given);
  BOOST_TEST(shown(report, "state_dir") == "/state from command line");
  BOOST_TEST(shown(report, "socket") == "/s/hiisi.sock from file");
  BOOST_TEST(shown(report, "runtime_dir") == "/run/x from default");
  BOOST_TEST(shown(report_of("()", {}, false), "runtime_dir")
             == "/run/x from environment");
}

BOOST_AUTO_TEST_CASE(what_has_no_words_of_its_own_is_shown_as_it_stands) {
  const auto report
      = report_of("(ports: (rules: [(user: \"anna\", quota: 3)]))");
  BOOST_TEST(shown(report, "ports.rules")
             == "[(user:\"anna\",quota:3)] from file");
}

BOOST_AUTO_TEST_CASE(where_metrics_are_is_told_however_it_was_said) {
  BOOST_TEST(shown(report_of("()"), "http") == "/run/x/http.sock from default");
  BOOST_TEST(shown(report_of("(http: \"off\")"), "http") == "off from file");
  hiidet::options given;
  given.http = *hiidet::read_http_address("[::1]:9419");
  auto settings = hiidet::configuration{};
  settings.http = given.http;
  settings.http_names = {"a", "b"};
  const json report{hiidet::report_configuration(
      settings, {"/s", "/state", "/run/x", "/k", true}, given, "/etc/x", "")};
  BOOST_TEST(shown(report, "http") == "[::1]:9419 from command line");
  BOOST_TEST(shown(report, "http_names") == "a, b from default");
}

BOOST_AUTO_TEST_CASE(what_holds_for_ports_is_told) {
  auto report = report_of("()");
  BOOST_TEST(shown(report, "ports.ephemeral")
             == "as the kernel says from default");
  BOOST_TEST(shown(report, "ports.quota") == "20 from default");
  BOOST_TEST(shown(report, "ports.unused_after_days") == "14 from default");
  report = report_of("(ports: (avoid: [(6000, 6063), (7000, 7001)], "
                     "ephemeral: [], quota: None, unused_after_days: 0.5))");
  BOOST_TEST(shown(report, "ports.avoid")
             == "[(6000,6063),(7000,7001)] from file");
  BOOST_TEST(shown(report, "ports.ephemeral") == "[] from file");
  BOOST_TEST(shown(report, "ports.quota") == "None from file");
  BOOST_TEST(shown(report, "ports.unused_after_days") == "0.5 from file");
}

BOOST_AUTO_TEST_CASE(every_key_that_is_documented_is_shown) {
  const auto report = report_of("()");
  const std::regex key("    // (    )?([a-z_]+): .*([(,])");
  std::ifstream documented(HIISI_SOURCE_DIR "/deploy/hiidet.ron");
  std::string part;
  size_t keys = 0;
  for (std::string line; std::getline(documented, line);) {
    std::smatch found;
    if (!std::regex_match(line, found, key))
      continue;
    const auto name = found[2].str();
    if (found[3] == "(") {
      part = name + ".";
      continue;
    }
    const auto whole = found[1].matched ? part + name : name;
    BOOST_TEST(shown(report, whole) != "(not shown)", whole);
    ++keys;
  }
  BOOST_TEST(keys > 25u);
}

BOOST_AUTO_TEST_SUITE_END()
