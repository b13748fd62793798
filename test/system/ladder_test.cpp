// The stop ladder on real processes: order, timing, and whole trees.
#include "test/support/system_instance.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <csignal>
#include <sstream>
#include <string>
#include <vector>

using namespace hiisi::test;

namespace {

using clock = std::chrono::steady_clock;

std::chrono::milliseconds since(clock::time_point begin) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(clock::now()
                                                               - begin);
}

/// Now, on the clock by which a probe notes its signals.
long long now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             clock::now().time_since_epoch())
      .count();
}

/// When a signal came in; on a busy machine the first may come in late, so a
/// wait between two is measured from before the stop was asked for.
struct noted_signal {
  std::string name;
  long long ms = 0;
};

/// The signals that a probe has noted, without SIGCONT.
std::vector<noted_signal> signals_in(const std::string& output) {
  std::vector<noted_signal> found;
  std::istringstream in(output);
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string what;
    noted_signal one;
    if (words >> what >> one.name >> one.ms && what == "signal"
        && one.name != "CONT")
      found.push_back(one);
  }
  return found;
}

outcome stop(const instance& here, uint32_t id) {
  return here.hiisi(alice(), {"stop", std::to_string(id)});
}

/// Starts a probe and waits until its signals are set up.
uint32_t run_ready(const instance& here, std::vector<std::string> words,
                   std::vector<std::string> options = {}) {
  words.insert(words.begin(), "wait");
  const auto id = here.run_probe(alice(), words, std::move(options));
  here.wait_for_output(alice(), id, "ready");
  return id;
}

} // namespace

BOOST_AUTO_TEST_SUITE(ladder)

BOOST_AUTO_TEST_CASE(an_interrupt_is_the_first_step_and_enough) {
  const instance here;
  const auto id = run_ready(here, {});
  BOOST_TEST(stop(here, id).status == 0);
  const auto got = signals_in(here.output(alice(), id));
  BOOST_TEST_REQUIRE(got.size() == 1);
  BOOST_TEST(got[0].name == "INT");
}

BOOST_AUTO_TEST_CASE(what_ignores_the_interrupt_is_terminated) {
  const instance here;
  const auto id = run_ready(here, {"ignore=INT"}, {"--stop-timeout", "1"});
  const auto asked = now_ms();
  BOOST_TEST(stop(here, id).status == 0);
  const auto got = signals_in(here.output(alice(), id));
  BOOST_TEST_REQUIRE(got.size() == 2);
  BOOST_TEST(got[0].name == "INT");
  BOOST_TEST(got[1].name == "TERM");
  BOOST_TEST(got[1].ms - asked >= 990);
  BOOST_TEST(here.status(alice(), id)["last_exit"]["kind"].str() == "exited");
}

BOOST_AUTO_TEST_CASE(what_ignores_both_is_killed) {
  const instance here;
  const auto id
      = run_ready(here, {"ignore=INT", "ignore=TERM"}, {"--stop-timeout", "1"});
  const auto begin = clock::now();
  BOOST_TEST(stop(here, id).status == 0);
  BOOST_TEST(since(begin).count() >= 1990);
  const auto got = signals_in(here.output(alice(), id));
  BOOST_TEST_REQUIRE(got.size() == 2);
  BOOST_TEST(got[0].name == "INT");
  BOOST_TEST(got[1].name == "TERM");
  const auto end = here.status(alice(), id)["last_exit"];
  BOOST_TEST(end["kind"].str() == "signaled");
  BOOST_TEST(end["value"].number() == SIGKILL);
}

BOOST_AUTO_TEST_CASE(each_step_takes_five_seconds_by_default) {
  const instance here;
  const auto id = run_ready(here, {"ignore=INT"});
  const auto asked = now_ms();
  BOOST_TEST(stop(here, id).status == 0);
  const auto got = signals_in(here.output(alice(), id));
  BOOST_TEST_REQUIRE(got.size() == 2);
  BOOST_TEST(got[1].ms - asked >= 4990);
}

BOOST_AUTO_TEST_CASE(the_first_signal_can_be_chosen) {
  const instance here;
  const auto id = run_ready(here, {}, {"--stop-signal", "USR1"});
  BOOST_TEST(stop(here, id).status == 0);
  const auto got = signals_in(here.output(alice(), id));
  BOOST_TEST_REQUIRE(got.size() == 1);
  BOOST_TEST(got[0].name == "USR1");
}

BOOST_AUTO_TEST_CASE(a_grandchild_in_a_session_of_its_own_ends_too) {
  const instance here;
  const auto id = run_ready(here, {"orphan"}, {"--stop-timeout", "1"});
  here.wait_for_output(alice(), id, "orphan ");
  const auto output = here.output(alice(), id);
  const auto orphan = std::stoi(output.substr(output.find("orphan ") + 7));
  BOOST_TEST(lives(orphan));
  BOOST_TEST(stop(here, id).status == 0);
  BOOST_TEST(!lives(orphan));
}

BOOST_AUTO_TEST_CASE(a_crash_leaves_no_grandchild_behind) {
  const instance here;
  const auto id = run_ready(here, {"orphan"}, {"--stop-timeout", "1"});
  here.wait_for_output(alice(), id, "orphan ");
  const auto output = here.output(alice(), id);
  const auto orphan = std::stoi(output.substr(output.find("orphan ") + 7));
  send_signal(here.pid_of(alice(), id), SIGKILL);
  here.wait_for(alice(), id, "exited");
  BOOST_TEST(!lives(orphan));
}

BOOST_AUTO_TEST_CASE(a_process_that_is_suspended_is_stopped_all_the_same) {
  const instance here;
  const auto id = run_ready(here, {"stop"}, {"--stop-timeout", "1"});
  BOOST_TEST(stop(here, id).status == 0);
  BOOST_TEST(here.state_of(alice(), id) == "stopped");
}

BOOST_AUTO_TEST_CASE(a_slow_stop_delays_nothing_else) {
  const instance here;
  const auto slow = run_ready(here, {"ignore=INT", "ignore=TERM"},
                              {"--stop-timeout", "20"});
  auto stopping = here.connect(alice());
  stopping.send(request(R"({"Stop":{"id":)" + std::to_string(slow) + "}}"));
  here.wait_for(alice(), slow, "stopping");
  const auto begin = clock::now();
  const auto other = here.run_probe(alice(), {"wait"});
  BOOST_TEST(here.state_of(alice(), other) == "running");
  BOOST_TEST(stop(here, other).status == 0);
  BOOST_TEST(here.hiisi(alice(), {"start", std::to_string(other)}).status == 0);
  BOOST_TEST(here.hiisi(alice(), {"status"}).status == 0);
  // The slow one takes 20 s to its second step.
  BOOST_TEST(since(begin).count() < 15'000);
  BOOST_TEST(here.state_of(alice(), slow) == "stopping");
  BOOST_TEST(!stopping.next(std::chrono::milliseconds(0)).has_value());
  send_signal(here.pid_of(alice(), slow), SIGKILL);
  const auto answer = stopping.next();
  BOOST_TEST_REQUIRE(answer.has_value());
  BOOST_TEST(json(*answer)["Ok"].str() == "ProcessStopped");
}

BOOST_AUTO_TEST_SUITE_END()
