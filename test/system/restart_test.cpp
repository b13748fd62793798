// Processes that end, and the policies that have them started again.
#include "test/support/system_instance.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <string>

using namespace hiisi::test;

namespace {

/// Kills the process and waits for the one in its place.
int replacement(const instance& here, uint32_t id) {
  const auto pid = here.pid_of(alice(), id);
  BOOST_TEST_REQUIRE(pid > 0);
  send_signal(pid, SIGKILL);
  int next = 0;
  const auto back = wait_until(
      [&] {
        const auto status = here.status(alice(), id);
        next = static_cast<int>(status["pid"].number());
        return next != pid && next > 0 && status["state"].str() == "running";
      },
      patience);
  BOOST_TEST_REQUIRE(back, "no replacement for " << pid);
  return next;
}

} // namespace

BOOST_AUTO_TEST_SUITE(restart)

BOOST_AUTO_TEST_CASE(always_brings_a_killed_process_back) {
  const instance here;
  const auto id = here.run_probe(alice(), {"wait"}, {"--restart"});
  BOOST_TEST(here.status(alice(), id)["policy"].str() == "always");
  const auto pid = replacement(here, id);
  BOOST_TEST(lives(pid));
  BOOST_TEST(here.status(alice(), id)["restarts"].number() == 1);
  const auto end = here.status(alice(), id)["last_exit"];
  BOOST_TEST(end["kind"].str() == "signaled");
  BOOST_TEST(end["value"].number() == SIGKILL);
}

BOOST_AUTO_TEST_CASE(on_failure_brings_a_killed_process_back) {
  const instance here;
  const auto id = here.run_probe(alice(), {"wait"}, {"--restart=on-failure"});
  replacement(here, id);
  BOOST_TEST(here.status(alice(), id)["restarts"].number() == 1);
}

BOOST_AUTO_TEST_CASE(without_a_policy_a_killed_process_stays_down) {
  const instance here;
  const auto id = here.run_probe(alice(), {"wait"});
  send_signal(here.pid_of(alice(), id), SIGKILL);
  here.wait_for(alice(), id, "exited");
  BOOST_TEST(here.status(alice(), id)["restarts"].number() == 0);
  BOOST_TEST(here.status(alice(), id)["pid"].number() == 0);
}

BOOST_AUTO_TEST_CASE(on_failure_leaves_a_good_end_alone) {
  const instance here;
  const auto id
      = here.run_probe(alice(), {"wait", "after=0"}, {"--restart=on-failure"});
  here.wait_for(alice(), id, "exited");
  BOOST_TEST(here.status(alice(), id)["restarts"].number() == 0);
}

BOOST_AUTO_TEST_CASE(always_starts_a_process_with_a_good_end_again) {
  const instance here;
  const auto id = here.run_probe(alice(), {"wait", "after=0"}, {"--restart"});
  const auto again = wait_until(
      [&] { return here.status(alice(), id)["restarts"].number() >= 1; },
      patience);
  BOOST_TEST(again);
}

BOOST_AUTO_TEST_CASE(quick_failures_end_in_giving_up_with_the_reason) {
  const instance here{
      {.config = "restart: (backoff_max_s: 1, give_up_after: 2),"}};
  const auto id = here.run_probe(alice(), {"wait", "after=0", "exit=3"},
                                 {"--restart=on-failure"});
  here.wait_for(alice(), id, "failed");
  const auto status = here.status(alice(), id);
  BOOST_TEST(status["reason"].str().find("2 times in a row")
                 != std::string::npos,
             status.text());
  BOOST_TEST(status["last_exit"]["value"].number() == 3);
  const auto shown = here.hiisi(alice(), {"status", std::to_string(id)});
  BOOST_TEST(shown.status == 3);
  BOOST_TEST(shown.out.find("2 times in a row") != std::string::npos,
             shown.out);
  // The owner may try again.
  BOOST_TEST(here.hiisi(alice(), {"start", std::to_string(id)}).status == 0);
}

BOOST_AUTO_TEST_CASE(giving_up_shows_the_last_lines_of_stderr) {
  const instance here{
      {.config = "restart: (backoff_max_s: 1, give_up_after: 2),"}};
  const auto id = here.run_probe(
      alice(), {"wait", "error=no such port", "after=0", "exit=3"},
      {"--restart=on-failure"});
  here.wait_for(alice(), id, "failed");
  const auto shown = here.hiisi(alice(), {"status", std::to_string(id)});
  // In the command's line the words stand between quotes.
  BOOST_TEST(shown.out.find("  no such port\n") != std::string::npos,
             shown.out);
}

BOOST_AUTO_TEST_CASE(a_stop_wins_over_the_policy) {
  const instance here;
  const auto id = here.run_probe(alice(), {"wait"}, {"--restart"});
  const auto pid = here.pid_of(alice(), id);
  BOOST_TEST(here.hiisi(alice(), {"stop", std::to_string(id)}).status == 0);
  BOOST_TEST(here.state_of(alice(), id) == "stopped");
  BOOST_TEST(!lives(pid));
  // A stop during back-off is one, too.
  const auto failing
      = here.run_probe(alice(), {"wait", "after=0", "exit=1"}, {"--restart"});
  here.wait_for(alice(), failing, "backoff");
  BOOST_TEST(here.hiisi(alice(), {"stop", std::to_string(failing)}).status
             == 0);
  BOOST_TEST(here.state_of(alice(), failing) == "stopped");
}

BOOST_AUTO_TEST_SUITE_END()
