#include "hiisi/autostart.hpp"
#include "hiisi/reach.hpp"
#include "test/hiisi/fake_daemon.hpp"
#include "test/hiisi/temp_place.hpp"
#include "test/support/blocked_call.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <iterator>
#include <memory>
#include <sstream>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace hiisi;
using namespace hiisi::cli;
using namespace std::chrono_literals;
using test::fake_daemon;

namespace {

std::string read_file(const std::string& path) {
  std::ifstream in{path};
  return {std::istreambuf_iterator<char>{in}, {}};
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::string stopped(const protocol::request&) {
  return fake_daemon::framed(protocol::process_stopped{});
}

/// A place for a user who is not root, even where root runs the tests.
struct fixture {
  test::temp_place place;
  uid_t uid = ::geteuid() == 0 ? 54321 : ::geteuid();
  std::string runtime = place / "run";
  std::string socket = runtime + "/hiisi/hiisi.sock";
  std::string state = place / "state";
  reach_settings settings;
  std::ostringstream notices;
  pid_t started = 0;

  fixture() {
    std::filesystem::create_directories(runtime + "/hiisi");
    std::filesystem::create_directories(place / "bin");
    if (::chown(runtime.c_str(), uid, static_cast<gid_t>(-1)) != 0)
      std::abort();
    std::map<std::string, std::string, std::less<>> variables;
    variables["XDG_RUNTIME_DIR"] = runtime;
    variables["XDG_STATE_HOME"] = state;
    variables["PATH"] = "/usr/bin:/bin";
    settings.env = environment{std::move(variables)};
    settings.uid = uid;
    settings.system_socket = place / "no-system/hiisi.sock";
    settings.own_directory = place / "bin";
    settings.patience = 300ms;
  }
  ~fixture() {
    if (started > 0)
      ::kill(started, SIGKILL);
  }

  void set(const std::string& name, const std::string& value) {
    auto all = settings.env.all();
    all[name] = value;
    settings.env = environment{std::move(all)};
  }

  /// Puts a program in the place of hiidet.
  void make_hiidet(const std::string& script) {
    std::string path = place / "bin/hiidet";
    test::write_file(path, "#!/bin/sh\n" + script);
    ::chmod(path.c_str(), 0755);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(reach, fixture)

BOOST_AUTO_TEST_CASE(socket_is_chosen_in_the_order_of_the_design) {
  std::string system = place / "system.sock";
  auto choice = [&](std::optional<std::string> given) {
    return choose_socket(given, settings.env, uid, system);
  };
  BOOST_TEST(choice({})->path == socket);
  BOOST_TEST((choice({})->origin == socket_origin::own));
  test::write_file(system, "");
  BOOST_TEST(choice({})->path == system);
  set("HIISI_SOCKET", "/from/env");
  BOOST_TEST(choice({})->path == "/from/env");
  BOOST_TEST(choice("/given")->path == "/given");
}

BOOST_AUTO_TEST_CASE(root_has_no_daemon_of_its_own) {
  auto choice
      = choose_socket({}, settings.env, 0, place / "no-system/hiisi.sock");
  BOOST_TEST_REQUIRE(!choice.ok());
  BOOST_TEST(contains(choice.failure().hint, "systemctl start hiidet"));
}

BOOST_AUTO_TEST_CASE(runtime_directory_of_another_user_is_refused) {
  set("XDG_RUNTIME_DIR", "/");
  auto own = own_socket(settings.env, 54322);
  BOOST_TEST_REQUIRE(!own.ok());
  BOOST_TEST(contains(own.failure().message, "belongs to another user"));
}

BOOST_AUTO_TEST_CASE(without_a_runtime_directory_tmp_is_used_if_private) {
  set("XDG_RUNTIME_DIR", "relative/is/ignored");
  // A uid that nobody has, so that the name is free.
  uid_t nobody = 3'999'000'000u - static_cast<uid_t>(::getpid());
  std::string directory = "/tmp/hiisi-" + std::to_string(nobody);
  auto own = own_socket(settings.env, nobody);
  BOOST_TEST_REQUIRE(own.ok());
  BOOST_TEST(*own == directory + "/hiisi.sock");
  BOOST_TEST_REQUIRE(::mkdir(directory.c_str(), 0700) == 0);
  own = own_socket(settings.env, nobody);
  ::rmdir(directory.c_str());
  BOOST_TEST(!own.ok());
  BOOST_TEST(contains(own.failure().message, "belongs to another user"));
  // A link is refused even where it leads to a directory of the user's.
  std::string target = place / "target";
  BOOST_TEST_REQUIRE(::mkdir(target.c_str(), 0700) == 0);
  if (::geteuid() == 0 && ::chown(target.c_str(), nobody, 0) != 0)
    std::abort();
  BOOST_TEST_REQUIRE(::symlink(target.c_str(), directory.c_str()) == 0);
  own = own_socket(settings.env, nobody);
  ::unlink(directory.c_str());
  BOOST_TEST(!own.ok());
}

BOOST_AUTO_TEST_CASE(directory_in_tmp_that_is_open_to_others_is_refused) {
  set("XDG_RUNTIME_DIR", "");
  uid_t mine = ::geteuid();
  std::string directory = "/tmp/hiisi-" + std::to_string(mine);
  if (::mkdir(directory.c_str(), 0700) != 0)
    return; // somebody uses it, and it is not ours to change
  ::chmod(directory.c_str(), 0755);
  auto own = own_socket(settings.env, mine);
  ::rmdir(directory.c_str());
  BOOST_TEST_REQUIRE(!own.ok());
  BOOST_TEST(contains(own.failure().message, "open to other users"));
}

BOOST_AUTO_TEST_CASE(daemon_that_is_restarting_is_waited_for) {
  std::string system = place / "system.sock";
  settings.system_socket = system;
  settings.patience = 5s;
  { fake_daemon gone{system, stopped}; }
  std::unique_ptr<fake_daemon> daemon;
  std::thread later{[&, asking = ::gettid()] {
    BOOST_TEST(test::soon([&] {
      const auto call = test::blocked_call_of(asking);
      return call && call->is_sleep();
    }));
    ::unlink(system.c_str());
    daemon = std::make_unique<fake_daemon>(system, stopped);
  }};
  auto reached = reach_daemon(settings, notices);
  later.join();
  BOOST_TEST(reached.ok());
  BOOST_TEST(notices.str().empty());
}

BOOST_AUTO_TEST_CASE(dead_system_daemon_is_told_and_none_started) {
  std::string system = place / "system.sock";
  settings.system_socket = system;
  { fake_daemon gone{system, stopped}; }
  make_hiidet("touch " + (place / "started"));
  auto reached = reach_daemon(settings, notices);
  BOOST_TEST_REQUIRE(!reached.ok());
  BOOST_TEST(contains(reached.failure().message, "nobody listens"));
  BOOST_TEST(contains(reached.failure().hint, "systemctl status hiidet"));
  BOOST_TEST(contains(reached.failure().hint, "HIISI_SOCKET=" + socket));
  BOOST_TEST(!std::filesystem::exists(place / "started"));
}

BOOST_AUTO_TEST_CASE(own_daemon_is_used_where_it_runs) {
  fake_daemon daemon{socket, stopped};
  BOOST_TEST(reach_daemon(settings, notices).ok());
  BOOST_TEST(notices.str().empty());
}

BOOST_AUTO_TEST_CASE(own_daemon_is_started_detached) {
  std::string facts = place / "facts";
  make_hiidet("{ echo pid $$; echo arguments $#; echo cwd $(pwd);\n"
              "  echo state $XDG_STATE_HOME; cat /proc/$$/stat;\n"
              "  echo descriptors $(ls /proc/$$/fd); } > "
              + facts
              + ".new\n"
                "echo complaint >&2\n"
                "mv "
              + facts + ".new " + facts + "\nexec sleep 60\n");
  // A descriptor that must not reach it.
  descriptor leak{::fcntl(2, F_DUPFD, 57)};
  std::unique_ptr<fake_daemon> daemon;
  std::thread listener{[&] {
    if (test::soon([&] { return std::filesystem::exists(facts); }))
      daemon = std::make_unique<fake_daemon>(socket, stopped);
  }};
  auto reached = reach_daemon(settings, notices);
  listener.join();
  std::istringstream said{read_file(facts)};
  std::string word;
  said >> word >> started;
  BOOST_TEST_REQUIRE(reached.ok(), (reached ? "" : reached.failure().message));
  BOOST_TEST(notices.str()
             == "hiisi: started your own hiidet (socket " + socket + ")\n");
  std::string all = read_file(facts);
  BOOST_TEST(contains(all, "arguments 0\n"), all);
  BOOST_TEST(contains(all, "cwd /\n"), all);
  BOOST_TEST(contains(all, "state " + state + "\n"), all);
  std::string descriptors = all.substr(all.find("descriptors"));
  BOOST_TEST(!contains(descriptors, std::to_string(leak.get())), descriptors);
  BOOST_TEST(::getsid(started) != ::getsid(0));
  BOOST_TEST(::getsid(started) != started);
  BOOST_TEST(read_file(state + "/hiisi/hiidet.log") == "complaint\n");
  struct stat is {};
  ::stat((state + "/hiisi/hiidet.log").c_str(), &is);
  BOOST_TEST((is.st_mode & 0777) == 0600u);
  ::stat(state.c_str(), &is);
  BOOST_TEST((is.st_mode & 0777) == 0700u);
}

BOOST_AUTO_TEST_CASE(own_daemon_that_ends_at_once_is_told_with_its_words) {
  make_hiidet("echo '<3>no room on the disk' >&2; exit 1");
  auto reached = reach_daemon(settings, notices);
  BOOST_TEST_REQUIRE(!reached.ok());
  BOOST_TEST(contains(reached.failure().message,
                      "it ended at once: no room on the disk"),
             reached.failure().message);
  BOOST_TEST(contains(reached.failure().hint, "hiidet.log"));
}

BOOST_AUTO_TEST_CASE(loser_of_a_race_uses_the_winner_s_daemon) {
  make_hiidet("touch " + (place / "refused") + "; exit 1");
  std::unique_ptr<fake_daemon> winner;
  std::thread other{[&] {
    if (test::soon([&] { return std::filesystem::exists(place / "refused"); }))
      winner = std::make_unique<fake_daemon>(socket, stopped);
  }};
  auto reached = reach_daemon(settings, notices);
  other.join();
  BOOST_TEST(reached.ok());
}

BOOST_AUTO_TEST_CASE(daemon_that_never_listens_is_given_up) {
  make_hiidet("echo $$ > " + (place / "pid") + "; exec sleep 60");
  auto begun = start_daemon(
      {place / "bin/hiidet", settings.env, state, socket, 300ms});
  std::istringstream{read_file(place / "pid")} >> started;
  BOOST_TEST_REQUIRE(!begun.ok());
  BOOST_TEST(contains(begun.failure().message, "does not listen on"));
}

BOOST_AUTO_TEST_CASE(program_that_cannot_be_run_is_told) {
  std::string path = place / "bin/hiidet";
  test::write_file(path, "#!/no/such/interpreter\n");
  ::chmod(path.c_str(), 0755);
  auto reached = reach_daemon(settings, notices);
  BOOST_TEST_REQUIRE(!reached.ok());
  BOOST_TEST(reached.failure().message
             == "cannot start " + path + ": No such file or directory");
}

BOOST_AUTO_TEST_CASE(missing_program_is_told_with_where_it_was_sought) {
  auto found = find_daemon(daemon_directories(environment{}, place / "bin"));
  if (found.ok())
    return; // one is installed on this host
  BOOST_TEST(contains(found.failure().hint, place / "bin"));
  BOOST_TEST(contains(found.failure().hint, "/usr/local/sbin"));
}

BOOST_AUTO_TEST_CASE(program_is_sought_beside_this_one_first) {
  auto where = daemon_directories(settings.env, "/opt/x/bin");
  std::vector<std::string> expected
      = {"/opt/x/bin", "/opt/x/sbin",     "/usr/bin",
         "/bin",       "/usr/local/sbin", "/usr/sbin"};
  BOOST_TEST(where == expected, boost::test_tools::per_element());
  set("PATH", ":.:relative:/x");
  where = daemon_directories(settings.env, "");
  expected = {"/x", "/usr/local/sbin", "/usr/sbin"};
  BOOST_TEST(where == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(autostart_can_be_turned_off) {
  make_hiidet("touch " + (place / "started"));
  settings.autostart = false;
  auto reached = reach_daemon(settings, notices);
  BOOST_TEST_REQUIRE(!reached.ok());
  BOOST_TEST(reached.failure().hint == "start your own: hiidet &");
  settings.autostart = true;
  set("HIISI_NO_AUTOSTART", "1");
  BOOST_TEST(!reach_daemon(settings, notices).ok());
  BOOST_TEST(!std::filesystem::exists(place / "started"));
}

BOOST_AUTO_TEST_CASE(socket_that_is_not_open_to_us_is_told_by_whose_it_is) {
  std::string path = place / "given.sock";
  fake_daemon daemon{path, stopped};
  ::chmod(path.c_str(), 0);
  ::chmod(place.path().c_str(), 0700);
  settings.socket = path;
  // Root is let in everywhere, and becomes somebody else for a moment.
  bool root = ::geteuid() == 0;
  BOOST_TEST_REQUIRE((!root || ::seteuid(uid) == 0));
  auto reached = reach_daemon(settings, notices);
  BOOST_TEST_REQUIRE((!root || ::seteuid(0) == 0));
  BOOST_TEST_REQUIRE(!reached.ok());
  BOOST_TEST(reached.failure().message
             == "permission to connect to " + path + " is denied");
  std::string hint = reached.failure().hint;
  std::string whose
      = root ? place.path() + " belongs to root and is not open to you"
             : path + " belongs to ";
  BOOST_TEST(hint.starts_with(whose), hint);
  BOOST_TEST(!contains(hint, "hiidet"), hint);
}

BOOST_AUTO_TEST_CASE(given_socket_never_starts_a_daemon) {
  make_hiidet("touch " + (place / "started"));
  settings.socket = place / "given.sock";
  auto reached = reach_daemon(settings, notices);
  BOOST_TEST_REQUIRE(!reached.ok());
  BOOST_TEST(contains(reached.failure().hint,
                      "hiidet --socket " + (place / "given.sock")));
  BOOST_TEST(!std::filesystem::exists(place / "started"));
}

BOOST_AUTO_TEST_SUITE_END()
