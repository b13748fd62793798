// hiidet dies, or is ended, and comes back.
#include "test/support/system_instance.hpp"
#include "test/support/system_leftovers.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <string>
#include <vector>

#include <sys/stat.h>

using namespace hiisi::test;

BOOST_AUTO_TEST_SUITE(recovery)

BOOST_AUTO_TEST_CASE(processes_are_found_again_as_they_were) {
  instance here;
  const auto name = here.unique("plain");
  const auto plain = here.run_probe(alice(), {"wait"}, {"--name", name});
  const auto kept = here.run_probe(alice(), {"wait"}, {"--restart"});
  const auto stopped = here.run_probe(alice(), {"wait"});
  BOOST_TEST(here.hiisi(alice(), {"stop", std::to_string(stopped)}).status
             == 0);
  const auto pid = here.pid_of(alice(), plain);
  const auto kept_pid = here.pid_of(alice(), kept);
  here.kill_daemon();
  BOOST_TEST(lives(pid));
  here.start();
  here.wait_for(alice(), plain, "running");
  here.wait_for(alice(), kept, "running");
  BOOST_TEST(here.pid_of(alice(), plain) == pid);
  BOOST_TEST(here.pid_of(alice(), kept) == kept_pid);
  BOOST_TEST(here.status(alice(), plain)["name"].str() == name);
  BOOST_TEST(here.status(alice(), plain)["argv"][1].str() == "wait");
  BOOST_TEST(here.state_of(alice(), stopped) == "stopped");
  // They are managed, not merely listed.
  BOOST_TEST(here.hiisi(alice(), {"stop", name}).status == 0);
  BOOST_TEST(!lives(pid));
}

BOOST_AUTO_TEST_CASE(what_ended_meanwhile_is_known_with_its_exit_status) {
  instance here;
  const auto id = here.run_probe(alice(), {"wait", "exit=42"});
  // As a child does whose daemon dies before it is let go.
  const auto like_none = here.run_probe(alice(), {"wait", "exit=127"});
  const auto killed = here.run_probe(alice(), {"wait"});
  std::vector<int> pids;
  for (const auto one : {id, like_none, killed}) {
    here.wait_for_output(alice(), one, "ready");
    pids.push_back(here.pid_of(alice(), one));
  }
  here.kill_daemon();
  send_signal(pids[0], SIGTERM);
  send_signal(pids[1], SIGTERM);
  send_signal(pids[2], SIGKILL);
  BOOST_TEST(
      wait_until([&] { return std::ranges::none_of(pids, lives); }, patience));
  here.start();
  const auto end_of = [&](uint32_t one) {
    here.wait_for(alice(), one, "exited");
    return here.status(alice(), one)["last_exit"];
  };
  BOOST_TEST(end_of(id)["kind"].str() == "exited");
  BOOST_TEST(end_of(id)["value"].number() == 42);
  BOOST_TEST(end_of(like_none)["value"].number() == 127);
  BOOST_TEST(end_of(killed)["kind"].str() == "signaled");
  BOOST_TEST(end_of(killed)["value"].number() == SIGKILL);
}

BOOST_AUTO_TEST_CASE(what_ended_meanwhile_is_restarted_by_its_policy) {
  instance here;
  const auto id = here.run_probe(alice(), {"wait"}, {"--restart"});
  const auto pid = here.pid_of(alice(), id);
  here.kill_daemon();
  send_signal(pid, SIGKILL);
  BOOST_TEST(wait_until([&] { return !lives(pid); }, patience));
  here.start();
  here.wait_for(alice(), id, "running");
  BOOST_TEST(here.pid_of(alice(), id) != pid);
  BOOST_TEST(here.status(alice(), id)["restarts"].number() == 1);
}

BOOST_AUTO_TEST_CASE(a_second_kill_changes_nothing) {
  instance here;
  const auto id = here.run_probe(alice(), {"wait"}, {"--restart"});
  const auto pid = here.pid_of(alice(), id);
  for (int i = 0; i < 3; ++i) {
    here.kill_daemon();
    here.start();
  }
  here.wait_for(alice(), id, "running");
  BOOST_TEST(here.pid_of(alice(), id) == pid);
  BOOST_TEST(here.status(alice(), id)["restarts"].number() == 0);
}

BOOST_AUTO_TEST_CASE(a_stop_under_way_is_finished_by_the_next_daemon) {
  instance here;
  const auto id = here.run_probe(alice(), {"wait", "ignore=INT", "ignore=TERM"},
                                 {"--stop-timeout", "1", "--restart"});
  here.wait_for_output(alice(), id, "ready");
  auto talk = here.connect(alice());
  talk.send(request(R"({"Stop":{"id":)" + std::to_string(id) + "}}"));
  here.wait_for_output(alice(), id, "signal INT");
  // What is signalled is on record as not wanted already.
  here.kill_daemon();
  here.start();
  here.wait_for(alice(), id, "stopped");
}

BOOST_AUTO_TEST_CASE(sigterm_ends_the_daemon_and_no_process) {
  instance here;
  const auto id = here.run_probe(alice(), {"wait"});
  const auto pid = here.pid_of(alice(), id);
  BOOST_TEST(here.end_daemon() == 0);
  BOOST_TEST(lives(pid));
  here.start();
  here.wait_for(alice(), id, "running");
  BOOST_TEST(here.pid_of(alice(), id) == pid);
}

BOOST_AUTO_TEST_CASE(a_second_daemon_on_the_same_socket_is_refused) {
  const instance here;
  const auto second = here.start_another();
  BOOST_TEST(second.status == 1);
  BOOST_TEST(second.err.find("another hiidet is running on " + here.socket()
                             + " (pid " + std::to_string(here.daemon()) + ")")
                 != std::string::npos,
             second.err);
  BOOST_TEST(here.hiisi(alice(), {"status"}).status == 0);
}

BOOST_AUTO_TEST_CASE(a_stale_socket_is_replaced) {
  instance here;
  here.kill_daemon();
  struct stat is {};
  BOOST_TEST(::lstat(here.socket().c_str(), &is) == 0);
  const auto nobody = here.hiisi(alice(), {"status"});
  BOOST_TEST(nobody.status == 5);
  BOOST_TEST(nobody.err.find("hiidet") != std::string::npos, nobody.err);
  here.start();
  BOOST_TEST(here.hiisi(alice(), {"status"}).status == 0);
}

namespace {

/// Kills the keeper, which its guardian starts again, and waits for that.
void kill_keeper(const instance& here) {
  const auto before = here.keeper();
  BOOST_TEST_REQUIRE(before != 0);
  send_signal(before, SIGKILL);
  const auto again = [&] {
    const auto now = here.keeper();
    return now != 0 && now != before;
  };
  BOOST_TEST_REQUIRE(wait_until(again, patience));
}

} // namespace

BOOST_AUTO_TEST_CASE(a_keeper_that_dies_is_started_again_and_serves) {
  const instance here;
  kill_keeper(here);
  const auto served = [&] {
    return here.hiisi(alice(), {"run", here.probe(), "wait"}).status == 0;
  };
  BOOST_TEST(wait_until(served, patience));
}

BOOST_AUTO_TEST_CASE(what_a_killed_keeper_held_is_managed_on) {
  const instance here;
  const auto id = here.run_probe(alice(), {"wait"});
  const auto kept = here.run_probe(alice(), {"wait"}, {"--restart"});
  const auto pid = here.pid_of(alice(), id);
  const auto kept_pid = here.pid_of(alice(), kept);
  kill_keeper(here);
  // Whether it is taken over already or not, it is what it was.
  BOOST_TEST(here.state_of(alice(), id) == "running");
  BOOST_TEST(here.pid_of(alice(), id) == pid);
  // An end is seen, and followed by the policy; a stop works.
  send_signal(kept_pid, SIGKILL);
  const auto restarted = [&] {
    const auto now = here.status(alice(), kept);
    return now["state"].str() == "running" && now["pid"].number() != kept_pid;
  };
  BOOST_TEST(wait_until(restarted, patience));
  BOOST_TEST(here.status(alice(), kept)["restarts"].number() == 1);
  BOOST_TEST(here.hiisi(alice(), {"stop", std::to_string(id)}).status == 0);
  BOOST_TEST(!lives(pid));
  BOOST_TEST(here.state_of(alice(), id) == "stopped");
}

BOOST_AUTO_TEST_CASE(nothing_is_lost_with_keeper_and_daemon_together) {
  instance here;
  const auto id = here.run_probe(alice(), {"wait"});
  const auto ended = here.run_probe(alice(), {"wait"}, {"--restart"});
  const auto pid = here.pid_of(alice(), id);
  const auto ended_pid = here.pid_of(alice(), ended);
  here.kill_daemon();
  kill_keeper(here);
  send_signal(ended_pid, SIGKILL);
  BOOST_TEST(wait_until([&] { return !lives(ended_pid); }, patience));
  here.start();
  here.wait_for(alice(), id, "running");
  BOOST_TEST(here.pid_of(alice(), id) == pid);
  // How that one ended is known only where it was not reaped before somebody
  // came to ask; its policy is followed all the same.
  BOOST_TEST_REQUIRE(wait_until(
      [&] { return here.status(alice(), ended)["restarts"].number() == 1; },
      patience));
  const auto end = here.status(alice(), ended)["last_exit"];
  BOOST_TEST((end["kind"].str() == "unknown"
              || (end["kind"].str() == "signaled"
                  && end["value"].number() == SIGKILL)));
  BOOST_TEST(here.hiisi(alice(), {"stop", std::to_string(id)}).status == 0);
  BOOST_TEST(!lives(pid));
}

BOOST_AUTO_TEST_CASE(what_a_killed_keeper_did_not_live_to_remove_goes) {
  instance here;
  const auto id = here.run_probe(alice(), {"wait"});
  constexpr uint32_t nobodys = 4711;
  // Without cgroups there is nothing to be left.
  const auto has = !cgroups_of(here.runtime()).empty();
  const auto left = leave_cgroup(here.runtime(), alice().uid, nobodys);
  BOOST_TEST(left == has);
  kill_keeper(here);
  const auto only_its_own = [&] {
    return cgroups_of(here.runtime())
           == (left ? std::vector{std::to_string(id)}
                    : std::vector<std::string>{});
  };
  BOOST_TEST(wait_until(only_its_own, patience));
  BOOST_TEST(here.state_of(alice(), id) == "running");
}

BOOST_AUTO_TEST_CASE(fifty_services_outlive_kills_of_keeper_and_daemon) {
  instance here;
  constexpr int count = 50;
  std::vector<uint32_t> ids;
  std::vector<int> pids;
  for (int i = 0; i < count; ++i) {
    ids.push_back(static_cast<uint32_t>(
        here.run_probe(alice(), {"wait", "exit=" + std::to_string(i + 1)})));
    here.wait_for_output(alice(), ids.back(), "ready");
    pids.push_back(here.pid_of(alice(), ids.back()));
  }
  // Each kill meets ends that are under way.
  for (int round = 0; round < 4; ++round) {
    for (int i = round * 5; i < round * 5 + 5; ++i)
      send_signal(pids[static_cast<size_t>(i)], SIGTERM);
    if (round % 2 == 1)
      here.kill_daemon();
    kill_keeper(here);
    if (round % 2 == 1)
      here.start();
  }
  for (int i = 0; i < count; ++i) {
    const auto at = static_cast<size_t>(i);
    here.wait_for(alice(), ids[at], i < 20 ? "exited" : "running");
    const auto now = here.status(alice(), ids[at]);
    BOOST_TEST(now["restarts"].number() == 0);
    if (i < 20) {
      // Right or unknown, never guessed.
      const auto end = now["last_exit"];
      const auto known = end["kind"].str() == "exited";
      BOOST_TEST((known || end["kind"].str() == "unknown"));
      if (known)
        BOOST_TEST(end["value"].number() == i + 1);
    } else {
      BOOST_TEST(now["pid"].number() == pids[at]);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
