// hiidet itself: as whom it runs, and how it starts.
#include "test/support/system_instance.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>

#include <sys/stat.h>

using namespace hiisi::test;

namespace {

/// A field of /proc/PID/status, with blanks for tabs.
std::string field(int pid, const std::string& name) {
  std::istringstream in(text_of("/proc/" + std::to_string(pid) + "/status"));
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(name + ":")) {
      auto value = line.substr(name.size() + 1);
      std::replace(value.begin(), value.end(), '\t', ' ');
      const auto begin = value.find_first_not_of(' ');
      return begin == value.npos ? "" : value.substr(begin);
    }
  return "";
}

std::string four_times(uint32_t id) {
  const auto text = std::to_string(id);
  return text + " " + text + " " + text + " " + text;
}

unsigned mode_of(const std::string& path) {
  struct stat is {};
  BOOST_TEST_REQUIRE(::lstat(path.c_str(), &is) == 0, path);
  return is.st_mode & 07777;
}

/// Writes over a configuration that is there.
void write(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::trunc) << text;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(hiidet)

BOOST_AUTO_TEST_CASE(it_runs_as_whom_it_should_and_with_no_more) {
  const instance here;
  uint32_t uid = 0;
  uint32_t gid = 0;
  if (mode_of_test() == system_mode::dropped) {
    uid = daemon_account().uid;
    gid = daemon_account().gid;
  } else if (mode_of_test() == system_mode::user) {
    uid = alice().uid;
    gid = alice().gid;
  }
  BOOST_TEST(field(here.daemon(), "Uid") == four_times(uid));
  BOOST_TEST(field(here.daemon(), "Gid") == four_times(gid));
  if (mode_of_test() == system_mode::root) {
    BOOST_TEST(contains(here.log(), "this daemon stays root"), here.log());
  } else {
    BOOST_TEST(field(here.daemon(), "CapPrm") == "0000000000000000");
    BOOST_TEST(field(here.daemon(), "CapEff") == "0000000000000000");
  }
  const json version(here.connect(alice()).ask(request("\"Version\"")));
  const auto told = version["Ok"]["Version"];
  BOOST_TEST(told["pid"].number() == here.daemon());
  BOOST_TEST(told["uid"].number() == uid);
  BOOST_TEST(told["system"].is_true() == (mode_of_test() != system_mode::user));
}

BOOST_AUTO_TEST_CASE(its_files_are_open_to_whom_they_should_be) {
  const instance here;
  here.run_probe(alice(), {"wait"});
  BOOST_TEST(here.hiisi(alice(), {"port", "allocate"}).status == 0);
  const auto own = mode_of_test() == system_mode::user;
  BOOST_TEST(mode_of(here.socket()) == (own ? 0600U : 0666U));
  BOOST_TEST(mode_of(here.state()) == (own ? 0700U : 0711U));
  BOOST_TEST(mode_of(here.state() + "/run") == (own ? 0700U : 0755U));
  BOOST_TEST(mode_of(here.state() + "/run/keeper.sock") == 0600U);
  // An environment may hold passwords.
  BOOST_TEST(mode_of(here.state() + "/processes") == 0700U);
  BOOST_TEST(mode_of(here.state() + "/processes/1.ron") == 0600U);
  BOOST_TEST(mode_of(here.state() + "/run/live") == 0700U);
  BOOST_TEST(mode_of(here.state() + "/ports.ron") == 0600U);
}

BOOST_AUTO_TEST_CASE(a_state_directory_that_cannot_be_made_is_named) {
  const instance here{{.state_dir = "/proc/hiisi/state", .idle = true}};
  const auto got = here.start_another();
  BOOST_TEST(got.status == 1);
  BOOST_TEST(contains(got.err, "/proc/hiisi"), got.err);
}

BOOST_AUTO_TEST_CASE(a_bad_configuration_is_refused_with_its_place) {
  const instance here{{.idle = true}};
  for (const auto& [text, words] :
       {std::pair{"(\n  restart: (give_up: 3),\n)\n", "hiidet.ron:2:"},
        std::pair{"(\n  finished_kept: \"many\",\n)\n", "hiidet.ron:2:18"},
        std::pair{"(\n  log_level: warning,\n\n", "hiidet.ron:"},
        std::pair{"", "hiidet.ron"}}) {
    write(here / "hiidet.ron", text);
    const auto got = here.start_another();
    BOOST_TEST(got.status == 1);
    BOOST_TEST(contains(got.err, words), text << got.err);
  }
}

BOOST_AUTO_TEST_CASE(every_setting_of_the_installed_file_is_known) {
  instance here{{.idle = true}};
  std::istringstream in(text_of(HIISI_SOURCE_DIR "/deploy/hiidet.ron"));
  // A setting stands behind two slashes, those within others' deeper; places
  // are this instance's own.
  const std::regex setting(R"( *// ( *(?:[a-z_]+: .*|\),)))");
  const std::regex place(R"( *(?:user|socket|state_dir|runtime_dir): .*)");
  auto text = text_of(here / "hiidet.ron");
  text.erase(text.rfind(')'));
  int known = 0;
  std::smatch found;
  for (std::string line; std::getline(in, line);) {
    if (!std::regex_match(line, found, setting))
      continue;
    const std::string uncommented = found[1];
    if (std::regex_match(uncommented, place))
      continue;
    text += uncommented + "\n";
    ++known;
  }
  BOOST_TEST(known > 10);
  write(here / "hiidet.ron", text + ")\n");
  BOOST_CHECK_NO_THROW(here.start());
}

BOOST_AUTO_TEST_CASE(a_start_is_nothing_to_warn_of) {
  const instance here;
  auto log = here.log();
  // That it stays root is the one thing that it may say in this mode.
  if (mode_of_test() == system_mode::root)
    log = std::regex_replace(log, std::regex("warning: there is no user"), "");
  BOOST_TEST(!contains(log, "warning"), log);
  BOOST_TEST(!contains(log, "error"), log);
}

BOOST_AUTO_TEST_CASE(a_configuration_that_is_not_there_is_named) {
  const instance here{{.idle = true}};
  const auto got = here.start_another({"--config", here / "nowhere.ron"});
  BOOST_TEST(got.status == 1);
  BOOST_TEST(contains(got.err, here / "nowhere.ron"), got.err);
}

BOOST_AUTO_TEST_CASE(unknown_options_are_refused) {
  const instance here{{.idle = true}};
  BOOST_TEST(here.start_another({"--sokcet", "/tmp/x"}).status == 2);
  BOOST_TEST(here.start_another({"--socket", "relative"}).status == 2);
  BOOST_TEST(here.start_another({"word"}).status == 2);
}

BOOST_AUTO_TEST_CASE(a_reload_takes_new_settings_and_keeps_old_ones_if_bad) {
  const instance here;
  const auto path = here / "hiidet.ron";
  const auto before = text_of(path);
  auto with_stop = before;
  with_stop.insert(1, "stop: (timeout_s: 1),");
  write(path, with_stop);
  here.signal_daemon(SIGHUP);
  BOOST_TEST(here.logs("read " + path + " again"));
  const auto id = here.run_probe(alice(), {"wait", "ignore=INT"});
  here.wait_for_output(alice(), id, "ready");
  BOOST_TEST(here.hiisi(alice(), {"stop", std::to_string(id)}).status == 0);
  std::smatch times;
  const auto output = here.output(alice(), id);
  BOOST_TEST_REQUIRE(
      std::regex_search(output, times,
                        std::regex("signal INT ([0-9]+)\n(?:signal CONT "
                                   "[0-9]+\n)?signal TERM ([0-9]+)")));
  BOOST_TEST(std::stoll(times[2]) - std::stoll(times[1]) < 4900);
  write(path, "(stop: (timeout_s: soon))");
  here.signal_daemon(SIGHUP);
  BOOST_TEST(here.logs("the settings stay as they were"));
  BOOST_TEST(here.hiisi(alice(), {"status"}).status == 0);
}

BOOST_AUTO_TEST_SUITE_END()
