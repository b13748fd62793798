// Programs that are hard to stop: "stopped" is said only when nothing of them
// is left. With --log_level=message each kind's row is printed.
#include "test/support/system_instance.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <string>
#include <system_error>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

using namespace hiisi::test;

namespace {

namespace fs = std::filesystem;
using clock = std::chrono::steady_clock;

struct evasion {
  const char* kind;
  const char* what;
  /// Its first process has ended by the time that it is ready.
  bool leaves_first = false;
  /// Only a cgroup holds it.
  bool needs_cgroup = false;

  friend std::ostream& operator<<(std::ostream& out, const evasion& one) {
    return out << one.kind;
  }
};

constexpr evasion evasions[] = {
    {"double-fork", "forks twice, and its first process ends", true},
    {"daemon", "the same in a session of its own", true},
    {"sessions", "children in sessions of their own, deaf to all signals"},
    {"deaf", "ignores every signal that can be ignored"},
    {"stopped", "it and its child have stopped themselves"},
    {"chain", "a fork every 2 ms, whose parent ends", true, true},
    {"closed", "has closed every descriptor, deaf to all signals"},
    {"renamed", "a daemon that calls itself kworker and has no words", true},
    {"vfork", "stands uninterruptibly in vfork"},
    {"heir", "answers each signal by a child in its place"},
    {"pair", "two that each start the other anew, deaf to all signals"},
    {"traced", "is traced, and stands still, by its deaf child"},
    {"nobodys", "a daemon with an empty environment", true, true},
};

/// Pids of what runs a file below that directory.
std::vector<int> running_below(const std::string& directory) {
  std::vector<int> found;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator("/proc", failed)) {
    const auto pid = std::atoi(entry.path().filename().c_str());
    if (pid > 0
        && fs::read_symlink(entry.path() / "exe", failed)
               .string()
               .starts_with(directory + "/"))
      found.push_back(pid);
  }
  return found;
}

bool has_cgroups(const instance& here) {
  for (const auto& one :
       json{here.hiisi(alice(), {"--json", "doctor"}).out}["findings"].items())
    if (one["subject"].str() == "trees")
      return one["verdict"].str() == "ok";
  return false;
}

/// A program of its own, so that whatever it becomes is known by its file, and
/// what it has said.
class evader {
public:
  evader(const instance& here, const std::string& kind, mode_t mode = 0755) {
    const auto name = here.unique(kind);
    const auto file = here / name;
    fs::copy_file(program("test_probe"), file);
    BOOST_TEST_REQUIRE(::chmod(file.c_str(), mode) == 0);
    id_ = here.run(alice(), {"--stop-timeout", "0.2", "--name", name, file,
                             "evade", kind});
    const auto log
        = alice().home + "/.logs/" + std::to_string(id_) + "-" + name + ".out";
    BOOST_TEST_REQUIRE(wait_until(
        [&] { return text_of(log).find("ready") != std::string::npos; },
        patience));
  }

  [[nodiscard]] uint32_t id() const { return id_; }

private:
  uint32_t id_ = 0;
};

void stop_and_count(const instance& here, const account& who, uint32_t id,
                    const std::string& kind, const std::string& what) {
  size_t before = 0;
  // One that is never the same for long may slip through a look.
  BOOST_TEST(wait_until([&] {
    before = running_below(here.place()).size();
    return before > 0;
  }));
  const auto begin = clock::now();
  const auto done = here.hiisi(who, {"stop", std::to_string(id)});
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
      clock::now() - begin);
  // At once: whoever is told so may rely on it.
  const auto left = running_below(here.place());
  BOOST_TEST(done.status == 0, done.err);
  BOOST_TEST(done.out.find("stopped") != std::string::npos, done.out);
  BOOST_TEST(left.empty(), left.size() << " are left of " << kind);
  BOOST_TEST(here.state_of(who, id) == "stopped");
  BOOST_TEST_MESSAGE("evasive | " << kind << " | " << what << " | " << before
                                  << " | " << left.size() << " | "
                                  << took.count() << " ms");
}

/// The cgroup of a process, where there is cgroup v2.
std::string cgroup_of(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/cgroup");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("0::/"))
      for (const std::string mount :
           {"/sys/fs/cgroup/unified", "/sys/fs/cgroup"})
        if (fs::exists(mount + line.substr(3) + "/cgroup.procs"))
          return mount + line.substr(3);
  return {};
}

} // namespace

BOOST_AUTO_TEST_SUITE(evasive)

BOOST_DATA_TEST_CASE(nothing_of_it_is_left_when_it_is_stopped,
                     boost::unit_test::data::make(evasions), one) {
  const instance here;
  if (one.needs_cgroup && !has_cgroups(here)) {
    BOOST_TEST_MESSAGE("evasive | " << one.kind << " | not without cgroups");
    return;
  }
  const evader program{here, one.kind};
  const auto id = program.id();
  // As long as its tree lives it runs, whatever has become of its first.
  if (one.leaves_first)
    BOOST_TEST(
        wait_until([&] { return !lives(here.pid_of(alice(), id)); }, patience));
  BOOST_TEST(here.state_of(alice(), id) == "running");
  stop_and_count(here, alice(), id, one.kind, one.what);
}

BOOST_AUTO_TEST_CASE(a_frozen_one_is_stopped) {
  const instance here;
  if (::geteuid() != 0 || !has_cgroups(here)) {
    BOOST_TEST_MESSAGE("evasive | frozen | not without cgroups");
    return;
  }
  const evader program{here, "deaf"};
  const auto id = program.id();
  const auto leaf = cgroup_of(here.pid_of(alice(), id));
  BOOST_TEST_REQUIRE(!leaf.empty());
  std::ofstream{leaf + "/cgroup.freeze"} << "1\n";
  BOOST_TEST(wait_until([&] {
    return text_of(leaf + "/cgroup.events").find("frozen 1")
           != std::string::npos;
  }));
  stop_and_count(here, alice(), id, "frozen", "its cgroup is frozen");
}

BOOST_AUTO_TEST_CASE(one_that_became_root_is_stopped) {
  const instance here;
  if (mode_of_test() == system_mode::user) {
    BOOST_TEST_MESSAGE("evasive | setuid | only with a keeper that is root");
    return;
  }
  const evader program{here, "setuid", 04755};
  stop_and_count(here, alice(), program.id(), "setuid",
                 "has become root, and deaf");
}

BOOST_AUTO_TEST_CASE(a_daemon_whose_first_process_ended_ends_with_its_last) {
  const instance here;
  const evader program{here, "daemon"};
  const auto id = program.id();
  BOOST_TEST(
      wait_until([&] { return !lives(here.pid_of(alice(), id)); }, patience));
  BOOST_TEST(here.state_of(alice(), id) == "running");
  for (const auto pid : running_below(here.place()))
    send_signal(pid, SIGKILL);
  here.wait_for(alice(), id, "exited");
}

BOOST_AUTO_TEST_SUITE_END()
