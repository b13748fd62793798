// What the registry says of ports that are used, and of those that are not.
#include "test/support/system_instance.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

#include <unistd.h>

using namespace hiisi::test;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string text(uint32_t number) {
  return std::to_string(number);
}

/// The port's entry in a lookup.
json entry_of(const instance& here, const account& who, int port) {
  for (const auto& entry :
       here.hiisi_json(who, {"port", "lookup"})["ports"].items())
    if (entry["port"].number() == port)
      return entry;
  throw std::runtime_error("port " + std::to_string(port) + " is not listed");
}

uint32_t listen(const instance& here, const account& who, int port) {
  const auto id
      = here.run_probe(who, {"wait", "listen=" + text(uint32_t(port))});
  here.wait_for_output(who, id, "ready");
  return id;
}

void allocate(const instance& here, const account& who,
              std::vector<std::string> words) {
  words.insert(words.begin(), {"port", "allocate"});
  const auto got = here.hiisi(who, std::move(words));
  BOOST_TEST_REQUIRE(got.status == 0, got.err);
}

/// Where a program is, or nothing.
std::string found(const std::string& program) {
  const auto* path = std::getenv("PATH");
  std::istringstream all(std::string(path ? path : "") + ":/usr/sbin");
  for (std::string directory; std::getline(all, directory, ':');)
    if (::access((directory + "/" + program).c_str(), X_OK) == 0)
      return directory + "/" + program;
  return {};
}

} // namespace

BOOST_AUTO_TEST_SUITE(ports_in_use)

BOOST_AUTO_TEST_CASE(a_listener_is_shown_with_its_process) {
  const instance here;
  allocate(here, alice(), {"18110", "--label", "web"});
  BOOST_TEST(entry_of(here, alice(), 18110)["use"].str() == "idle");
  BOOST_TEST(entry_of(here, alice(), 18110)["label"].str() == "web");
  const auto id = listen(here, alice(), 18110);
  const auto entry = entry_of(here, alice(), 18110);
  BOOST_TEST(entry["use"].str() == "listening");
  // Where there is no cgroup v2 the user must do.
  if (entry["process"].has("id"))
    BOOST_TEST(entry["process"]["id"].number() == id);
  BOOST_TEST(here.hiisi(alice(), {"stop", text(id)}).status == 0);
  BOOST_TEST(entry_of(here, alice(), 18110)["use"].str() == "idle");
}

BOOST_AUTO_TEST_CASE(what_listens_without_an_allocation_is_unregistered) {
  const instance here;
  listen(here, alice(), 18111);
  BOOST_TEST(entry_of(here, alice(), 18111)["use"].str() == "unregistered");
  // Its own user may allocate it afterwards.
  allocate(here, alice(), {"18111"});
  BOOST_TEST(entry_of(here, alice(), 18111)["use"].str() == "listening");
}

BOOST_AUTO_TEST_CASE(a_port_that_listens_is_freed_by_force_alone) {
  const instance here;
  allocate(here, alice(), {"18112"});
  listen(here, alice(), 18112);
  const auto refused = here.hiisi(alice(), {"port", "free", "18112"});
  BOOST_TEST(refused.status == 1);
  BOOST_TEST(contains(refused.err, "--force"), refused.err);
  BOOST_TEST(here.hiisi(alice(), {"port", "free", "--force", "18112"}).status
             == 0);
}

BOOST_AUTO_TEST_CASE(the_first_hiisis_client_frees_what_it_asks_for) {
  const instance here;
  allocate(here, alice(), {"18113"});
  listen(here, alice(), 18113);
  BOOST_TEST(
      here.ask(alice(), old_request(R"({"PortFree":{"port":18113}})")).text()
      == R"({"Ok":"PortFreed"})");
}

BOOST_AUTO_TEST_CASE(a_label_is_one_port_over_a_restart_of_the_daemon) {
  instance here;
  const auto port
      = here.hiisi(alice(), {"port", "allocate", "--label", "web"}).out;
  here.kill_daemon();
  here.start();
  BOOST_TEST(here.hiisi(alice(), {"port", "allocate", "--label", "web"}).out
             == port);
  BOOST_TEST(here.hiisi_json(alice(), {"port", "lookup"})["ports"].size() == 1);
}

BOOST_AUTO_TEST_CASE(checks_and_suggestions_take_nothing) {
  const instance here;
  const auto free = here.hiisi(alice(), {"port", "check", "18114"});
  BOOST_TEST(free.status == 0);
  BOOST_TEST(contains(free.out, "port 18114 is free"), free.out);
  allocate(here, alice(), {"18114"});
  BOOST_TEST(here.hiisi(alice(), {"port", "check", "18114"}).status == 1);
  const auto next
      = here.hiisi(alice(), {"port", "suggest", "--near", "18114"}).out;
  BOOST_TEST(std::stoi(next) > 18114);
  BOOST_TEST(here.hiisi_json(alice(), {"port", "lookup"})["ports"].size() == 1);
}

BOOST_AUTO_TEST_CASE(what_is_idle_is_flagged_and_collected_unless_kept) {
  instance here({.config = "ports: (unused_after_days: 0.000012, "
                           "collect_after_days: 0.000012),"});
  allocate(here, alice(), {"18115"});
  allocate(here, alice(), {"18116"});
  BOOST_TEST(here.hiisi(alice(), {"port", "keep", "18116"}).status == 0);
  const auto flagged
      = [&] { return entry_of(here, alice(), 18115)["unused"].is_true(); };
  BOOST_TEST(wait_until(flagged, patience));
  BOOST_TEST(!entry_of(here, alice(), 18116)["unused"].is_true());
  const auto dry
      = here.hiisi_json(alice(), {"port", "gc", "--dry-run"})["ports"];
  BOOST_TEST_REQUIRE(dry.size() == 2);
  BOOST_TEST(dry[0]["goes"].is_true());
  BOOST_TEST(!dry[1]["goes"].is_true());
  BOOST_TEST(contains(dry[1]["why"].str(), "keeps it"));
  BOOST_TEST(here.hiisi_json(alice(), {"port", "lookup"})["ports"].size() == 2);
  BOOST_TEST(here.hiisi(alice(), {"port", "gc"}).status == 0);
  const auto left = here.hiisi_json(alice(), {"port", "lookup"})["ports"];
  BOOST_TEST_REQUIRE(left.size() == 1);
  BOOST_TEST(left[0]["port"].number() == 18116);
}

BOOST_AUTO_TEST_CASE(the_last_sight_outlives_the_daemon) {
  instance here;
  allocate(here, alice(), {"18117"});
  const auto since
      = [&] { return entry_of(here, alice(), 18117)["idle_since"].str(); };
  const auto before = since();
  const auto id = listen(here, alice(), 18117);
  BOOST_TEST(entry_of(here, alice(), 18117)["use"].str() == "listening");
  BOOST_TEST(here.hiisi(alice(), {"stop", text(id)}).status == 0);
  const auto seen = since();
  BOOST_TEST(seen > before);
  here.kill_daemon();
  here.start();
  // The file has it to the second.
  BOOST_TEST(since().substr(0, 19) == seen.substr(0, 19));
}

BOOST_AUTO_TEST_CASE(every_change_is_in_the_audit_log) {
  const instance here;
  allocate(here, alice(), {"18118", "--label", "web"});
  BOOST_TEST(here.hiisi(alice(), {"port", "lookup"}).status == 0);
  BOOST_TEST(here.hiisi(alice(), {"port", "free", "18118"}).status == 0);
  const auto written = [&] {
    return contains(text_of(here.state() + "/audit.1.jsonl"), "port.free");
  };
  BOOST_TEST(wait_until(written, patience));
  const auto log = text_of(here.state() + "/audit.1.jsonl");
  const auto first = json(log.substr(0, log.find('\n')));
  BOOST_TEST(first["what"].str() == "port.allocate");
  BOOST_TEST(first["object"].str() == "18118");
  BOOST_TEST(first["user"].str() == alice().name);
  BOOST_TEST(first["owner"].str() == alice().name);
  BOOST_TEST(first["pid"].number() > 0);
  BOOST_TEST(first["detail"].str() == "label web");
  BOOST_TEST(std::count(log.begin(), log.end(), '\n') == 2);
}

/// What `hiisi port export` writes is what the real programs take, where they
/// are installed.
BOOST_AUTO_TEST_CASE(an_export_is_taken_by_the_proxies) {
  const instance here;
  allocate(here, alice(), {"18119", "--label", "web"});
  listen(here, alice(), 18119);
  auto exported = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"port", "export", "--format"});
    const auto got = here.hiisi(alice(), std::move(words));
    BOOST_TEST_REQUIRE(got.status == 0, got.err);
    BOOST_TEST(contains(got.out, "127.0.0.1:18119"), got.out);
    return got.out;
  };
  const auto directory = here.work_dir(alice());
  auto checked = [&](const std::string& program, std::vector<std::string> words,
                     const std::string& text) {
    const auto path = found(program);
    if (path.empty()) {
      BOOST_TEST_MESSAGE(program << " is not installed");
      return;
    }
    const auto file = directory + "/" + program + ".conf";
    std::ofstream(file) << text;
    words.insert(words.begin(), path);
    words.push_back(file);
    launch what;
    what.who = alice();
    what.argv = std::move(words);
    what.env = {{"HOME", directory}, {"XDG_CONFIG_HOME", directory}};
    const auto got = run_to_end(what);
    BOOST_TEST(got.status == 0, got.out << got.err << text);
  };
  const std::vector<std::string> caddy{"validate", "--adapter", "caddyfile",
                                       "--config"};
  checked("caddy", caddy,
          exported({"caddy"}) + "http://:18180 {\n\timport hiisi_ports\n}\n");
  checked("caddy", caddy, exported({"caddy", "--domain", "example.org"}));
  const std::vector<std::string> nginx{"-t",
                                       "-p",
                                       directory,
                                       "-e",
                                       "stderr",
                                       "-g",
                                       "pid " + directory + "/nginx.pid;",
                                       "-c"};
  const std::string head
      = "events {}\nhttp {\naccess_log off;\n"
        "client_body_temp_path "
        + directory + "/body;\nproxy_temp_path " + directory
        + "/proxy;\nfastcgi_temp_path " + directory + "/fcgi;\nuwsgi_temp_path "
        + directory + "/uwsgi;\nscgi_temp_path " + directory + "/scgi;\n";
  checked("nginx", nginx,
          head + "server {\nlisten 18181;\n" + exported({"nginx"}) + "}\n}\n");
  // nginx binds what it checks, and 80 is not for everybody.
  auto sites = exported({"nginx", "--domain", "example.org"});
  sites.replace(sites.find("listen 80;"), 10, "listen 18182;");
  checked("nginx", nginx, head + sites + "}\n");
}

BOOST_AUTO_TEST_SUITE_END()
