#include "actors/core/process_events.hpp"
#include "process_life.hpp"

using namespace hiisi;
using core::save_purpose;
using protocol::event;
using protocol::event_cause;
using protocol::event_kind;
using protocol::restart_policy;
using test::process_life;
using namespace std::chrono_literals;

namespace {

/// A life that is told as events, each as a word.
class told_life : public process_life {
public:
  using process_life::process_life;

  /// Feeds and tells what happened.
  std::string tell(core::process_event what) {
    const auto before = core::moment_of(machine);
    feed(std::move(what));
    context.since_boot = now;
    last = core::events_between(*machine.record().spec, before,
                                core::moment_of(machine), context);
    std::string words;
    for (const auto& e : last)
      words += (words.empty() ? "" : " ") + std::string{to_string(e.what)};
    return words;
  }

  std::string tell_end(protocol::exit_info exit, bool tree_empty = true) {
    exit.at = protocol::wall_time{now};
    return tell(core::event::child_ended{run(), {exit, now, tree_empty}});
  }

  std::string tell_saved(save_purpose purpose) {
    return tell(core::event::saved{purpose, run(), {}});
  }

  void asked_by(std::string user, bool ending, bool starting) {
    context.asked
        = event_cause{event_cause::kind::user, 1000, std::move(user), 4242};
    context.ending_asked = ending;
    context.start_asked = starting;
  }

  void nobody_asks() {
    context.asked.reset();
    context.ending_asked = context.start_asked = false;
  }

  core::event_context context;
  std::vector<event> last;
};

const event_cause policy{event_cause::kind::policy, 0, {}, 0};

/// A process that runs because alice asked.
told_life running(restart_policy when) {
  told_life p{when};
  p.asked_by("alice", false, true);
  p.context.launched_by = *p.context.asked;
  p.start();
  p.child_made();
  p.saved(save_purpose::open_gate);
  p.live_saved();
  BOOST_TEST(p.tell(core::event::child_started{p.run()}) == "start");
  p.nobody_asks();
  return p;
}

} // namespace

BOOST_AUTO_TEST_SUITE(process_events)

BOOST_AUTO_TEST_CASE(a_start_is_told_when_execve_has_succeeded) {
  auto p = running(restart_policy::no);
  const auto& e = p.last.front();
  BOOST_TEST(e.by.user == "alice");
  BOOST_TEST(e.by.pid == 4242);
  BOOST_TEST((e.uid == 1000u));
  BOOST_TEST(e.id == 7u);
  BOOST_TEST(e.name == "web");
  BOOST_TEST(e.run == 1u);
}

BOOST_AUTO_TEST_CASE(what_leads_to_a_start_is_no_event) {
  told_life p;
  BOOST_TEST(p.tell(core::event::start{}) == "");
  BOOST_TEST(p.tell(core::event::child_made{1, p.facts()}) == "");
  BOOST_TEST(p.tell_saved(save_purpose::open_gate) == "");
  BOOST_TEST(p.tell(core::event::live_saved{1}) == "");
}

BOOST_AUTO_TEST_CASE(an_end_by_itself_is_the_process_own) {
  auto p = running(restart_policy::no);
  p.now += 5s;
  p.context.used = protocol::resource_use{1s, 2ms, 64 << 20};
  BOOST_TEST(p.tell_end(p.exited(7)) == "exit");
  const auto& e = p.last.front();
  BOOST_TEST((e.by.who == event_cause::kind::process));
  BOOST_TEST(e.exit->value == 7);
  BOOST_TEST((e.at == protocol::wall_time{p.now}));
  BOOST_TEST((e.used->user == 1s));
  BOOST_TEST(p.tell_saved(save_purpose::end_of_run) == "");
}

BOOST_AUTO_TEST_CASE(an_end_that_leaves_a_tree_is_told_once_it_is_gone) {
  auto p = running(restart_policy::no);
  BOOST_TEST(p.tell_end(p.exited(0), false) == "");
  BOOST_TEST(p.tell_end(p.exited(0), true) == "exit");
}

BOOST_AUTO_TEST_CASE(an_end_that_comes_before_the_start_is_heard_implies_it) {
  told_life p;
  p.start();
  p.child_made();
  p.saved(save_purpose::open_gate);
  p.live_saved();
  BOOST_TEST(p.tell_end(p.exited(0)) == "start exit");
}

BOOST_AUTO_TEST_CASE(a_crash_is_followed_by_a_restart_of_the_policys) {
  auto p = running(restart_policy::always);
  p.now += 1s;
  // The first wait is none, which is no news.
  BOOST_TEST(p.tell_end(p.exited(1)) == "exit");
  BOOST_TEST(p.tell_saved(save_purpose::end_of_run) == "");
  p.context.launched_by = policy;
  p.child_made();
  p.live_saved();
  BOOST_TEST(p.tell(core::event::child_started{2}) == "restart");
  BOOST_TEST((p.last.front().by == policy));
  BOOST_TEST(p.last.front().run == 2u);
}

BOOST_AUTO_TEST_CASE(a_wait_says_how_long_it_is) {
  auto p = running(restart_policy::always);
  p.random = 0.5;
  p.tell_end(p.exited(1));
  p.saved(save_purpose::end_of_run);
  p.come_up();
  p.now += 1s;
  BOOST_TEST(p.tell_end(p.exited(1)) == "exit backoff");
  BOOST_TEST((p.last.back().delay == 1000ms));
  BOOST_TEST((p.last.back().by == policy));
}

BOOST_AUTO_TEST_CASE(one_failure_too_many_is_a_give_up) {
  core::process_settings settings;
  settings.restart.give_up_after = 2;
  told_life p{restart_policy::always, settings};
  p.run_up();
  p.ended(p.exited(1));
  p.saved(save_purpose::end_of_run);
  p.come_up();
  p.now += 1s;
  BOOST_TEST(p.tell_end(p.exited(1)) == "exit give_up");
  BOOST_TEST(!p.last.back().text.empty());
}

BOOST_AUTO_TEST_CASE(a_stop_is_told_by_whom_and_so_is_its_end) {
  auto p = running(restart_policy::always);
  p.asked_by("root", true, false);
  BOOST_TEST(p.tell(core::event::stop{}) == "stop");
  BOOST_TEST(p.last.front().by.user == "root");
  BOOST_TEST(p.tell(core::event::timer{p.epoch}) == "");
  BOOST_TEST(p.tell_end(p.killed(2)) == "exit");
  BOOST_TEST(p.last.front().by.user == "root");
  BOOST_TEST(p.tell_saved(save_purpose::report_stop) == "");
}

BOOST_AUTO_TEST_CASE(a_stop_while_it_waits_has_no_end) {
  auto p = running(restart_policy::always);
  p.ended(p.exited(1));
  p.saved(save_purpose::end_of_run);
  p.come_up();
  p.now += 1s;
  p.tell_end(p.exited(1));
  p.asked_by("alice", true, false);
  BOOST_TEST(p.tell(core::event::stop{}) == "stop");
}

BOOST_AUTO_TEST_CASE(a_stop_of_what_has_ended_is_no_event) {
  auto p = running(restart_policy::no);
  p.tell_end(p.exited(0));
  p.saved(save_purpose::end_of_run);
  p.asked_by("alice", true, false);
  BOOST_TEST(p.tell(core::event::stop{}) == "");
}

BOOST_AUTO_TEST_CASE(clearing_away_after_a_crash_is_no_stop) {
  auto p = running(restart_policy::no);
  BOOST_TEST(p.tell_end(p.exited(1), false) == "");
  BOOST_TEST(p.state() == "stopping");
  p.asked_by("alice", true, false);
  BOOST_TEST(p.tell(core::event::stop{}) == "stop");
}

BOOST_AUTO_TEST_CASE(a_start_that_fails_says_why) {
  told_life p{restart_policy::always};
  p.asked_by("alice", false, true);
  p.context.launched_by = *p.context.asked;
  p.start();
  p.child_made();
  BOOST_TEST(p.tell(core::event::start_failed{1, "no such file"})
             == "start_failed");
  BOOST_TEST(p.last.front().text == "no such file");
  BOOST_TEST(p.last.front().by.user == "alice");
}

BOOST_AUTO_TEST_CASE(a_restart_that_fails_is_followed_by_what_the_policy_says) {
  auto p = running(restart_policy::always);
  p.tell_end(p.exited(1));
  p.saved(save_purpose::end_of_run);
  p.context.launched_by = policy;
  BOOST_TEST(p.tell(core::event::start_failed{2, "gone"})
             == "start_failed backoff");
  BOOST_TEST((p.last.front().by == policy));
}

BOOST_AUTO_TEST_CASE(what_is_found_running_is_taken_over_not_started) {
  told_life p{process_life::found_record(restart_policy::always,
                                         protocol::process_state::starting),
              {}};
  p.context.recovering = true;
  BOOST_TEST(p.tell(core::event::found{3, true, p.facts(), {}}) == "recovery");
}

BOOST_AUTO_TEST_CASE(what_was_restarted_since_the_record_is_taken_over_too) {
  told_life p{process_life::found_record(restart_policy::always,
                                         protocol::process_state::backoff),
              {}};
  p.context.recovering = true;
  BOOST_TEST(p.tell(core::event::found{4, true, p.facts(), {}}) == "recovery");
  BOOST_TEST(p.last.front().run == 4u);
}

BOOST_AUTO_TEST_CASE(what_is_started_after_a_reboot_is_not_taken_over) {
  told_life p{process_life::found_record(restart_policy::always,
                                         protocol::process_state::backoff),
              {}};
  p.context.recovering = true;
  BOOST_TEST(p.tell(core::event::not_found{true, 0, {}}) == "");
  p.context.recovering = false;
  p.child_made();
  p.live_saved();
  BOOST_TEST(p.tell(core::event::child_started{4}) == "start");
  BOOST_TEST((p.last.front().by.who == event_cause::kind::daemon));
}

BOOST_AUTO_TEST_CASE(what_ended_unseen_has_an_end_that_says_so) {
  told_life p{process_life::found_record(restart_policy::no,
                                         protocol::process_state::running),
              {}};
  p.context.recovering = true;
  BOOST_TEST(p.tell(core::event::not_found{true, 3, protocol::wall_time{9s}})
             == "exit");
  BOOST_TEST((p.last.front().exit->how == protocol::exit_info::kind::unknown));
  BOOST_TEST(p.last.front().text == "ended by a reboot of the host");
}

BOOST_AUTO_TEST_CASE(
    a_daemon_that_comes_back_to_what_ended_tells_the_end_once) {
  told_life p{process_life::found_record(restart_policy::no,
                                         protocol::process_state::running),
              {}};
  p.context.recovering = true;
  auto exit = p.exited(3);
  exit.at = protocol::wall_time{8s};
  BOOST_TEST(p.tell(core::event::found{3, true, p.facts(),
                                       core::child_end{exit, p.now, true}})
             == "exit");
  BOOST_TEST(p.tell(core::event::found{3, true, p.facts(),
                                       core::child_end{exit, p.now, true}})
             == "");
}

BOOST_AUTO_TEST_SUITE_END()
