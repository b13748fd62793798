#include "hiidet/configuration_report.hpp"
#include "test/support/system_json.hpp"

#include <boost/test/unit_test.hpp>

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
  const auto report = report_of("(ports: (avoid: [(6000, 6063)]))");
  BOOST_TEST(shown(report, "ports.avoid") == "[(6000,6063)] from file");
}

BOOST_AUTO_TEST_SUITE_END()
