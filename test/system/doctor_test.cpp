// hiisi doctor: with a daemon and without one, for everybody.
#include "test/support/system_instance.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <optional>
#include <string>

using namespace hiisi::test;

namespace {

std::optional<json> finding_on(const json& report, const std::string& subject) {
  for (const auto& one : report["findings"].items())
    if (one["subject"].str() == subject)
      return one;
  return std::nullopt;
}

std::string verdict_on(const json& report, const std::string& subject) {
  const auto found = finding_on(report, subject);
  return found ? (*found)["verdict"].str() : "nothing";
}

json examine(const instance& here, const account& who) {
  const auto done = here.hiisi(who, {"--json", "doctor"});
  const json report{done.out};
  // The status says what the document does.
  BOOST_TEST(done.status == (report["healthy"].is_true() ? 0 : 1));
  return report;
}

} // namespace

BOOST_AUTO_TEST_SUITE(doctor)

BOOST_AUTO_TEST_CASE(everybody_is_told_what_the_daemon_and_they_see) {
  const instance here;
  for (const auto& who : {alice(), self()}) {
    const auto report = examine(here, who);
    for (const auto* subject :
         {"kernel", "daemon", "keeper", "configuration", "registry",
          "listeners", "ports", "rotation", "reboots", "descriptors", "home"})
      BOOST_TEST_CONTEXT(subject)
    BOOST_TEST(verdict_on(report, subject)
               == (std::string{subject} == "home" ? "nothing" : "ok"));
    for (const auto& one : report["findings"].items())
      if (one["verdict"].str() != "ok")
        BOOST_TEST(!one["advice"].str().empty());
  }
  const auto text = here.hiisi(alice(), {"doctor"});
  BOOST_TEST(text.out.find("hiisi-keeper answers") != std::string::npos,
             text.out);
}

BOOST_AUTO_TEST_CASE(a_mistake_in_the_configuration_is_found_and_mended) {
  const instance here;
  BOOST_TEST(verdict_on(examine(here, alice()), "configuration") == "ok");
  const auto path = here / "hiidet.ron";
  const auto before = text_of(path);
  std::ofstream{path} << "(\n  finished_kep: 3,\n)\n";
  const auto report = examine(here, alice());
  BOOST_TEST(verdict_on(report, "configuration") == "wrong");
  BOOST_TEST((*finding_on(report, "configuration"))["message"].str().find(
                 "hiidet.ron:2:")
             != std::string::npos);
  std::ofstream{path} << before;
  BOOST_TEST(verdict_on(examine(here, alice()), "configuration") == "ok");
}

BOOST_AUTO_TEST_CASE(a_damaged_registry_is_found) {
  const instance here;
  std::ofstream{here.state() + "/ports.ron"} << "(version: 1, ports: [";
  BOOST_TEST(verdict_on(examine(here, alice()), "registry") == "wrong");
}

BOOST_AUTO_TEST_CASE(without_a_daemon_the_rest_is_looked_at) {
  instance here;
  here.kill_daemon();
  const auto done = here.hiisi(alice(), {"--json", "doctor"});
  BOOST_TEST(done.status == 5);
  const json report{done.out};
  BOOST_TEST(!report["healthy"].is_true());
  BOOST_TEST(verdict_on(report, "daemon") == "wrong");
  BOOST_TEST(verdict_on(report, "kernel") != "nothing");
  BOOST_TEST(verdict_on(report, "log rotation") != "nothing");
  BOOST_TEST(verdict_on(report, "keeper") == "nothing");
  here.start();
  BOOST_TEST(verdict_on(examine(here, alice()), "daemon") == "ok");
}

BOOST_AUTO_TEST_SUITE_END()
