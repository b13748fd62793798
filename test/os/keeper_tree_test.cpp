#include "test/support/keeper_fixture.hpp"

#include <boost/test/data/test_case.hpp>

#include <iterator>

using namespace hiisi;
using test::keeper_fixture;
using wire_kind = keeper_wire::kind;
using phase = keeper_wire::phase;
namespace fs = std::filesystem;

namespace {

/// Each case runs with cgroups, where this host has them, and without.
const std::vector<std::string> modes{"cgroups", "none"};

struct tree_fixture : keeper_fixture {
  explicit tree_fixture(const std::string& mode)
      : keeper_fixture({.cgroups = mode != "none"}) {}

  /// The number that a process has written to a file of the user's.
  int pid_in(const std::string& name) const {
    int pid = 0;
    BOOST_TEST(test::wait_until([&] {
      std::istringstream(test::read_text(home(name))) >> pid;
      return pid > 0;
    }));
    return pid;
  }

  /// A shell whose grandchild daemonises itself: a session of its own, its
  /// parents gone. `cleaned`: and without any of the environment.
  os::launch_spec daemonising(const std::string& then) const {
    return shell("(setsid sh -c 'sh -c \"echo \\$\\$ > daemon; exec sleep 60\" "
                 "&') & "
                 "while [ ! -s daemon ]; do sleep 0.01; done; "
                 + then);
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(keeper_tree,
                      *boost::unit_test::precondition(test::as_root))

BOOST_DATA_TEST_CASE(kill_takes_what_has_daemonised_itself, modes) {
  tree_fixture keeper(sample);
  auto talk = keeper.connect();
  talk.greet();
  const auto child = talk.start(1, keeper.daemonising("exec sleep 60"));
  const auto daemon = keeper.pid_in("daemon");
  BOOST_TEST(::getsid(daemon) != child.pid);
  talk.ask(wire_kind::kill, 1);
  BOOST_TEST(WTERMSIG(talk.expect_end().status) == SIGKILL);
  BOOST_TEST(!test::is_alive(daemon));
}

BOOST_DATA_TEST_CASE(signals_reach_the_whole_tree, modes) {
  tree_fixture keeper(sample);
  auto talk = keeper.connect();
  talk.greet();
  talk.start(1, keeper.daemonising("exec sleep 60"));
  const auto daemon = keeper.pid_in("daemon");
  talk.ask(wire_kind::signal, 1, 1, SIGTERM);
  BOOST_TEST(WTERMSIG(talk.expect_end().status) == SIGTERM);
  BOOST_TEST(!test::is_alive(daemon));
}

BOOST_DATA_TEST_CASE(a_tree_is_empty_only_when_its_last_process_is_gone,
                     modes) {
  tree_fixture keeper(sample);
  auto talk = keeper.connect();
  talk.greet();
  talk.start(1, keeper.daemonising("exit 3"));
  const auto end = talk.expect_phase(phase::ended);
  BOOST_TEST(WEXITSTATUS(end.status) == 3);
  talk.ask(wire_kind::acknowledge, 1);
  talk.expect_refusal(EBUSY);
  // Others come and go meanwhile.
  talk.start(2, keeper.spec({"true"}));
  BOOST_TEST(talk.expect_end().id == 2U);
  ::kill(keeper.pid_in("daemon"), SIGTERM);
  const auto emptied = talk.expect_phase(phase::empty);
  BOOST_TEST(emptied.id == 1U);
  BOOST_TEST(WEXITSTATUS(emptied.status) == 3);
  talk.ask(wire_kind::acknowledge, 1);
  talk.ask(wire_kind::acknowledge, 1);
  talk.expect_refusal(ESRCH);
}

BOOST_DATA_TEST_CASE(a_signal_reaches_what_the_first_process_left, modes) {
  tree_fixture keeper(sample);
  auto talk = keeper.connect();
  talk.greet();
  talk.start(1, keeper.daemonising("exit 0"));
  talk.expect_phase(phase::ended);
  talk.ask(wire_kind::signal, 1, 1, SIGINT);
  talk.ask(wire_kind::signal, 1, 1, SIGHUP);
  talk.expect_phase(phase::empty);
  BOOST_TEST(!test::is_alive(keeper.pid_in("daemon")));
}

BOOST_DATA_TEST_CASE(a_stopped_process_ends_by_sigterm_and_by_kill, modes) {
  tree_fixture keeper(sample);
  auto talk = keeper.connect();
  talk.greet();
  for (const bool kill : {false, true}) {
    const auto pid = talk.start(1, keeper.spec({"sleep", "60"})).pid;
    talk.ask(wire_kind::signal, 1, 1, SIGSTOP);
    BOOST_TEST(test::wait_until(
        [&] { return test::status_field(pid, "State")[0] == 'T'; }));
    if (kill)
      talk.ask(wire_kind::kill, 1);
    else
      talk.ask(wire_kind::signal, 1, 1, SIGTERM);
    BOOST_TEST(WTERMSIG(talk.expect_end().status)
               == (kill ? SIGKILL : SIGTERM));
    talk.ask(wire_kind::acknowledge, 1);
  }
}

BOOST_DATA_TEST_CASE(orphans_are_reaped, modes) {
  tree_fixture keeper(sample);
  auto talk = keeper.connect();
  talk.greet();
  talk.start(1, keeper.shell("for i in 1 2 3 4 5 6 7 8 9 10; do "
                             "(setsid true &); done; exec sleep 60"));
  const auto pid = std::to_string(keeper.pid());
  const auto path = "/proc/" + pid + "/task/" + pid + "/children";
  BOOST_TEST(test::wait_until([&path] {
    std::istringstream in(test::read_text(path));
    return std::distance(std::istream_iterator<int>(in), {}) == 1;
  }));
}

BOOST_DATA_TEST_CASE(one_tree_is_not_taken_for_another, modes) {
  tree_fixture keeper(sample);
  auto talk = keeper.connect();
  talk.greet();
  const auto other = talk.start(2, keeper.spec({"sleep", "60"})).pid;
  talk.start(1, keeper.daemonising("exec sleep 60"));
  talk.ask(wire_kind::kill, 1);
  const auto end = talk.expect_end();
  BOOST_TEST(end.id == 1U);
  BOOST_TEST(test::is_alive(other));
  BOOST_TEST(test::is_alive(::getpid()));
}

BOOST_DATA_TEST_CASE(no_moment_is_right_for_slipping_away, modes) {
  tree_fixture keeper(sample);
  auto talk = keeper.connect();
  talk.greet();
  // At the kill the daemon is anywhere between its fork and its execve.
  for (uint32_t run = 1; run <= 40; ++run) {
    fs::remove(keeper.home("daemon"));
    talk.start(1, keeper.daemonising("exec sleep 60"), run);
    const auto daemon = keeper.pid_in("daemon");
    talk.ask(wire_kind::kill, 1, run);
    talk.expect_end();
    BOOST_TEST(!test::is_alive(daemon), "run " << run);
    talk.ask(wire_kind::acknowledge, 1, run);
  }
}

BOOST_AUTO_TEST_CASE(each_process_has_a_leaf_that_goes_with_it) {
  keeper_fixture keeper;
  auto talk = keeper.connect();
  uint32_t flags = 0;
  talk.greet(&flags);
  if ((flags & keeper_wire::flag_cgroups) == 0) {
    BOOST_TEST_MESSAGE("no writable cgroup v2 here");
    return;
  }
  const auto child = talk.start(7, keeper.spec({"sleep", "60"}));
  const auto path
      = test::read_text("/proc/" + std::to_string(child.pid) + "/cgroup");
  const auto leaf = "/" + keeper.cgroup() + "/"
                    + std::to_string(keeper_fixture::user_uid) + "/7\n";
  BOOST_TEST(path.size() > leaf.size());
  BOOST_TEST(path.substr(path.size() - leaf.size()) == leaf);
  std::string mount = "/sys/fs/cgroup/unified";
  if (!fs::exists(mount))
    mount = "/sys/fs/cgroup";
  BOOST_TEST(fs::is_directory(mount + leaf.substr(0, leaf.size() - 1)));
  talk.ask(wire_kind::kill, 7);
  talk.expect_end();
  talk.ask(wire_kind::acknowledge, 7);
  // A daemon's end or an acknowledgement: nothing is left of it.
  const auto users = mount + "/" + keeper.cgroup() + "/"
                     + std::to_string(keeper_fixture::user_uid);
  BOOST_TEST(test::wait_until([&] { return !fs::exists(users); }));
}

BOOST_AUTO_TEST_CASE(a_leaf_with_a_stranger_in_it_is_not_used) {
  keeper_fixture keeper;
  auto talk = keeper.connect();
  uint32_t flags = 0;
  talk.greet(&flags);
  if ((flags & keeper_wire::flag_cgroups) == 0)
    return;
  const auto left = talk.start(1, keeper.spec({"sleep", "60"})).pid;
  ::kill(keeper.pid(), SIGKILL);
  keeper_fixture::wait_for_end(keeper.pid());
  keeper.set_pid(keeper.launch());
  BOOST_TEST(test::wait_until([&] { return keeper.connect().connected(); }));
  auto again = keeper.connect();
  BOOST_TEST(again.greet().empty());
  again.send_spawn(1, keeper.spec({"true"}));
  const auto failed = again.expect(wire_kind::refused);
  BOOST_TEST(static_cast<int>(failed.at)
             == static_cast<int>(keeper_wire::stage::cgroup));
  BOOST_TEST(failed.error == EBUSY);
  ::kill(left, SIGKILL);
}

BOOST_AUTO_TEST_SUITE_END()
