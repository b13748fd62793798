#include "process_life.hpp"

#include <vector>

using namespace hiisi;
using core::save_purpose;
using protocol::restart_policy;
using test::process_life;
using namespace std::chrono_literals;

namespace {

/// Ends the run that is up, `uptime` after its start, and saves that.
std::string end_after(process_life& p, std::chrono::nanoseconds uptime,
                      protocol::exit_info exit = process_life::exited(1)) {
  p.now += uptime;
  p.ended(exit);
  return p.saved(save_purpose::end_of_run);
}

/// The waits, in milliseconds, of `count` crashes in a row of a process that
/// is up for `uptime` each time.
std::vector<long> waits(size_t count, double random,
                        std::chrono::nanoseconds uptime = 100ms,
                        core::process_settings settings = {}) {
  process_life p{restart_policy::always, settings};
  p.random = random;
  p.run_up();
  std::vector<long> out;
  for (size_t i = 0; i < count; ++i) {
    p.delay = 0ms;
    end_after(p, uptime);
    if (p.state() == "failed")
      break;
    out.push_back(p.delay.count());
    if (p.state() == "backoff")
      p.timer();
    p.child_made();
    p.live_saved();
    p.child_started();
  }
  return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(process_machine)

BOOST_AUTO_TEST_SUITE(end)

BOOST_AUTO_TEST_CASE(a_plain_run_stays_as_it_ended) {
  process_life p;
  p.run_up();
  p.now += 5s;
  BOOST_TEST(p.ended(process_life::exited(3)) == "save(end_of_run,1)");
  BOOST_TEST(p.state() == "exited");
  BOOST_TEST(p.record().last_exit->value == 3);
  BOOST_TEST(p.machine.child().pid == 0);
}

BOOST_AUTO_TEST_CASE(an_end_for_want_of_memory_is_told_as_such) {
  process_life p;
  p.run_up();
  p.ended(process_life::killed(9), false, core::leaf_memory{2, 4096});
  // What it leaves behind is ended by us, which is no other reason.
  p.ended(process_life::killed(9), true, core::leaf_memory{2, 4096});
  BOOST_TEST_REQUIRE(p.record().last_exit.has_value());
  BOOST_TEST(p.record().last_exit->out_of_memory);
  BOOST_TEST(p.record().last_exit->memory_max.value_or(0) == 4096u);
}

BOOST_AUTO_TEST_CASE(a_kill_that_was_asked_for_is_not_for_want_of_memory) {
  process_life p;
  p.run_up();
  p.feed(core::event::stop{});
  p.ended(process_life::killed(9), true, core::leaf_memory{1, 4096});
  BOOST_TEST_REQUIRE(p.record().last_exit.has_value());
  BOOST_TEST(!p.record().last_exit->out_of_memory);
  BOOST_TEST(!p.record().last_exit->memory_max.has_value());
}

BOOST_AUTO_TEST_CASE(the_keeper_may_forget_what_is_on_record_and_no_sooner) {
  process_life p;
  p.run_up();
  BOOST_TEST(p.ended(process_life::exited(0)).find("acknowledge")
             == std::string::npos);
  BOOST_TEST(p.saved(save_purpose::end_of_run) == "acknowledge(1)");
  BOOST_TEST(p.saved(save_purpose::end_of_run) == "");
}

BOOST_AUTO_TEST_CASE(a_full_disk_does_not_keep_a_process_from_its_restart) {
  process_life p{restart_policy::always};
  p.run_up();
  p.ended(process_life::exited(1));
  BOOST_TEST(p.saved(save_purpose::end_of_run, process_life::disk_full())
             == "acknowledge(1) spawn(2)");
}

BOOST_AUTO_TEST_CASE(the_first_restart_waits_for_its_record_alone) {
  process_life p{restart_policy::on_failure};
  p.run_up();
  BOOST_TEST(p.ended(process_life::killed(9)) == "save(end_of_run,1)");
  BOOST_TEST(p.state() == "backoff");
  BOOST_TEST(p.saved(save_purpose::end_of_run) == "acknowledge(1) spawn(2)");
  BOOST_TEST(p.record().restarts == 1u);
  // The gate of a restart waits for the live record only.
  p.child_made();
  BOOST_TEST(p.live_saved() == "open_gate(2)");
}

BOOST_AUTO_TEST_CASE(waits_double_up_to_a_minute) {
  const std::vector<long> expected{0,      1'000,  2'000,  4'000, 8'000,
                                   16'000, 32'000, 60'000, 60'000};
  BOOST_TEST(waits(20, 0.5) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(waits_spread_by_a_tenth) {
  const std::vector<long> least{0, 900, 1'800, 3'600};
  const std::vector<long> most{0, 1'100, 2'200, 4'400};
  BOOST_TEST(waits(4, 0.0) == least, boost::test_tools::per_element());
  auto longest = waits(4, 0.9999);
  for (size_t i = 0; i < most.size(); ++i)
    BOOST_TEST(std::abs(longest[i] - most[i]) <= 2);
}

BOOST_AUTO_TEST_CASE(ten_quick_failures_in_a_row_are_enough) {
  BOOST_TEST(waits(20, 0.5).size() == 9u);
  process_life p{restart_policy::always};
  p.run_up();
  for (int i = 0; i < 9; ++i) {
    end_after(p, 100ms);
    if (p.state() == "backoff")
      p.timer();
    p.come_up();
  }
  BOOST_TEST(end_after(p, 100ms) == "acknowledge(10)");
  BOOST_TEST(p.state() == "failed");
  BOOST_TEST(p.record().reason
             == "ended 10 times in a row, each within 30 s of its start");
  BOOST_TEST(p.record().wanted);
}

BOOST_AUTO_TEST_CASE(what_was_given_up_starts_with_a_clean_record_by_hand) {
  core::process_settings settings;
  settings.restart.give_up_after = 1;
  process_life p{restart_policy::always, settings};
  p.run_up();
  end_after(p, 1s);
  BOOST_TEST(p.state() == "failed");
  BOOST_TEST(p.start() == "save(open_gate,2) spawn(2)");
  BOOST_TEST(p.record().quick_failures == 0u);
  BOOST_TEST(p.record().restarts == 0u);
}

BOOST_AUTO_TEST_CASE(half_a_minute_of_uptime_clears_the_failures) {
  process_life p{restart_policy::always};
  p.run_up();
  for (int i = 0; i < 5; ++i) {
    end_after(p, 29s);
    if (p.state() == "backoff")
      p.timer();
    p.come_up();
  }
  BOOST_TEST(p.record().quick_failures == 5u);
  BOOST_TEST(end_after(p, 30s) == "acknowledge(6) spawn(7)");
  BOOST_TEST(p.record().quick_failures == 0u);
  BOOST_TEST(p.record().restarts == 6u);
}

BOOST_AUTO_TEST_CASE(which_endings_are_followed_by_a_restart) {
  struct row {
    restart_policy policy;
    protocol::exit_info exit;
    std::string_view state;
  };
  const protocol::exit_info unknown{
      protocol::exit_info::kind::unknown, 0, false, {}};
  for (const auto& r : std::initializer_list<row>{
           {restart_policy::no, process_life::exited(0), "exited"},
           {restart_policy::no, process_life::exited(1), "exited"},
           {restart_policy::no, process_life::killed(11), "exited"},
           {restart_policy::no, unknown, "exited"},
           {restart_policy::on_failure, process_life::exited(0), "exited"},
           {restart_policy::on_failure, process_life::exited(1), "backoff"},
           {restart_policy::on_failure, process_life::killed(15), "backoff"},
           {restart_policy::on_failure, unknown, "backoff"},
           {restart_policy::always, process_life::exited(0), "backoff"},
           {restart_policy::always, process_life::exited(1), "backoff"},
           {restart_policy::always, process_life::killed(9), "backoff"},
           {restart_policy::always, unknown, "backoff"},
       }) {
    process_life p{r.policy};
    p.run_up();
    p.now += 1s;
    p.ended(r.exit);
    BOOST_TEST(p.state() == r.state,
               to_string(r.policy) << " after " << static_cast<int>(r.exit.how)
                                   << " " << r.exit.value << ": " << p.state());
  }
}

BOOST_AUTO_TEST_CASE(a_restart_that_cannot_start_counts_as_a_failure) {
  process_life p{restart_policy::always};
  p.run_up();
  end_after(p, 1s);
  BOOST_TEST(p.start_failed("no such program")
             == "save(end_of_run,2) timer(1000ms)");
  BOOST_TEST(p.state() == "backoff");
  BOOST_TEST(p.record().reason == "no such program");
  BOOST_TEST(p.saved(save_purpose::end_of_run) == "");
  BOOST_TEST(p.timer() == "spawn(3)");
}

BOOST_AUTO_TEST_CASE(giving_up_what_cannot_start_says_both_reasons) {
  core::process_settings settings;
  settings.restart.give_up_after = 2;
  process_life p{restart_policy::always, settings};
  p.run_up();
  end_after(p, 1s);
  p.start_failed("no such program");
  BOOST_TEST(p.state() == "failed");
  BOOST_TEST(p.record().reason
             == "ended 2 times in a row, each within 30 s of its start: no "
                "such program");
}

BOOST_AUTO_TEST_CASE(a_start_by_hand_cuts_the_wait_short) {
  process_life p{restart_policy::always};
  p.run_up();
  end_after(p, 1s);
  p.come_up();
  end_after(p, 1s);
  BOOST_TEST(p.state() == "backoff");
  const auto old = p.epoch;
  BOOST_TEST(p.start() == "save(open_gate,3) spawn(3)");
  BOOST_TEST(p.feed(core::event::timer{old}) == "");
  p.come_up();
  BOOST_TEST(p.record().restarts == 0u);
}

BOOST_AUTO_TEST_CASE(a_start_by_hand_waits_until_the_last_end_is_on_record) {
  for (auto policy : {restart_policy::no, restart_policy::always}) {
    process_life p{policy};
    p.run_up();
    p.ended(process_life::exited(1));
    BOOST_TEST(p.start() == "");
    BOOST_TEST(p.saved(save_purpose::end_of_run)
               == "acknowledge(1) save(open_gate,2) spawn(2)");
    p.come_up();
  }
}

BOOST_AUTO_TEST_CASE(a_wait_that_is_over_before_the_end_is_on_record) {
  process_life p{restart_policy::always};
  p.run_up();
  end_after(p, 1s);
  p.come_up();
  p.ended(process_life::exited(1));
  BOOST_TEST(p.timer() == "");
  BOOST_TEST(p.saved(save_purpose::end_of_run) == "acknowledge(2) spawn(3)");
}

BOOST_AUTO_TEST_CASE(a_program_that_daemonises_itself_runs_on) {
  process_life p{restart_policy::on_failure};
  p.run_up();
  BOOST_TEST(p.ended(process_life::exited(0), false) == "");
  BOOST_TEST(p.state() == "running");
  BOOST_TEST(p.machine.detached());
  BOOST_TEST(p.machine.child().pid == 0);
  p.now += 1s;
  BOOST_TEST(p.ended(process_life::exited(0), true) == "save(end_of_run,1)");
  BOOST_TEST(p.state() == "exited");
  BOOST_TEST(!p.machine.detached());
}

BOOST_AUTO_TEST_CASE(what_a_daemon_left_behind_counts_as_its_uptime) {
  process_life p{restart_policy::always};
  p.run_up();
  const auto first_ended = p.now + 10ms;
  const auto news = [&](bool empty) {
    return core::event::child_ended{
        p.run(), {process_life::exited(0), first_ended, empty}};
  };
  p.feed(news(false));
  p.now += 1h;
  p.feed(news(true));
  BOOST_TEST(p.record().quick_failures == 0u);
}

BOOST_AUTO_TEST_CASE(what_a_crash_left_behind_is_cleared_away_first) {
  process_life p{restart_policy::always};
  p.run_up();
  BOOST_TEST(p.ended(process_life::killed(11), false)
             == "signal(1,2) timer(5000ms)");
  BOOST_TEST(p.state() == "stopping");
  BOOST_TEST(p.timer() == "signal(1,15) timer(5000ms)");
  BOOST_TEST(p.ended(process_life::killed(11), true) == "save(end_of_run,1)");
  BOOST_TEST(p.state() == "backoff");
  BOOST_TEST(p.record().last_exit->value == 11);
  BOOST_TEST(p.saved(save_purpose::end_of_run) == "acknowledge(1) spawn(2)");
}

BOOST_AUTO_TEST_CASE(a_start_during_the_clearing_away_follows_it) {
  process_life p{restart_policy::no};
  p.run_up();
  p.ended(process_life::exited(1), false);
  BOOST_TEST(p.start() == "");
  BOOST_TEST(p.ended(process_life::exited(1), true) == "save(end_of_run,1)");
  BOOST_TEST(p.saved(save_purpose::end_of_run)
             == "acknowledge(1) save(open_gate,2) spawn(2)");
  p.come_up();
}

BOOST_AUTO_TEST_CASE(other_settings_count_from_the_next_decision_on) {
  process_life p{restart_policy::always};
  p.run_up();
  core::process_settings settings;
  settings.restart.give_up_after = 1;
  p.machine.reconfigure(settings);
  end_after(p, 1s);
  BOOST_TEST(p.state() == "failed");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
