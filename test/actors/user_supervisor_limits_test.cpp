#include "test/support/supervisor_fixture.hpp"

using namespace hiisi;
using namespace hiisi::actors;
using namespace std::chrono_literals;
using protocol::errc;
using protocol::process_state;
using protocol::restart_policy;
using test::alice;
using test::crashed;

namespace {

struct fixture : test::supervisor_fixture {
  static limit_policy_ptr policy_of(uint64_t processes, uint64_t starts) {
    auto policy = std::make_shared<core::limit_policy>();
    core::limit_rule rule;
    rule.user = "alice";
    rule.processes = processes;
    rule.starts_per_minute = starts;
    policy->rules = {rule};
    policy->contact = "Hanna";
    return policy;
  }
  void limit(uint64_t processes, uint64_t starts) {
    tell(supervisor, reconfigure{{}, 100, policy_of(processes, starts)});
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(user_supervisor_limits, fixture)

BOOST_AUTO_TEST_CASE(a_process_too_many_is_refused_and_leaves_nothing) {
  limit(2, core::no_limit);
  start(1);
  start(2);
  start(3);
  const auto refused = answer_as<protocol::error>();
  BOOST_TEST((refused.code == errc::limit_exceeded));
  BOOST_TEST(refused.message == "you have 2 processes, and 2 is the limit");
  BOOST_TEST(refused.hint.find("ask Hanna") != std::string::npos);
  BOOST_TEST(host.only<id_released>().id == 3u);
  BOOST_TEST(names() == "web web-2");
  ask(protocol::remove_request{1u});
  advance(10s);
  start(4);
  BOOST_TEST(answer_as<protocol::process_started>().id == 4u);
}

BOOST_AUTO_TEST_CASE(plain_runs_that_have_ended_do_not_count) {
  limit(1, core::no_limit);
  start(1);
  keeper.end(1, 0, 1s, true);
  run();
  start(2);
  BOOST_TEST(answer_as<protocol::process_started>().id == 2u);
}

BOOST_AUTO_TEST_CASE(starts_and_restarts_by_hand_are_counted) {
  limit(core::no_limit, 3);
  keeper.obeys_signals = true;
  start(1);
  ask(protocol::restart_request{1u});
  answer_as<protocol::process_started>();
  ask(protocol::stop_request{1u});
  ask(protocol::start_request{1u});
  answer_as<protocol::process_started>();
  ask(protocol::restart_request{1u});
  BOOST_TEST(answer_as<protocol::error>().message
             == "you have 3 starts and restarts within a minute, and 3 is the "
                "limit");
  start(2);
  answer_as<protocol::error>();
  // What was refused goes on as it was, and may be stopped.
  ask(protocol::stop_request{1u});
  answer_as<protocol::process_stopped>();
}

BOOST_AUTO_TEST_CASE(administrators_are_not_held_to_an_owners_limit) {
  limit(core::no_limit, 1);
  keeper.obeys_signals = true;
  start(1);
  ask(protocol::restart_request{1u}, test::admin);
  answer_as<protocol::process_started>();
  ask(protocol::restart_request{1u});
  answer_as<protocol::error>();
}

BOOST_AUTO_TEST_CASE(a_policys_restart_waits_for_the_minute_to_have_room) {
  owner_is(alice);
  limit(core::no_limit, 1);
  auto what = command();
  what.restart = restart_policy::always;
  start(1, what);
  keeper.end(1, crashed, 1s, true);
  run();
  auto list = status();
  BOOST_TEST_REQUIRE(list.size() == 1u);
  BOOST_TEST((list[0].state == process_state::backoff));
  BOOST_TEST(list[0].reason.find("1 is the limit") != std::string::npos,
             list[0].reason);
  BOOST_TEST(keeper.actor().count<spawn_child>() == 1u);
  // With room there is again, it comes back by itself.
  tell(supervisor, reconfigure{{}, 100, policy_of(core::no_limit, 5)});
  advance(3s);
  BOOST_TEST((status()[0].state == process_state::running));
  BOOST_TEST(keeper.actor().count<spawn_child>() == 2u);
}

BOOST_AUTO_TEST_CASE(what_is_used_is_told) {
  limit(5, core::no_limit);
  start(1);
  const auto clerk = make_fake();
  tell(supervisor, count_use{9, alice, clerk});
  const auto told = clerk.only<use_counted>();
  BOOST_TEST(told.question == 9u);
  BOOST_TEST((told.entries
              == std::vector<protocol::quota_entry>{
                  {"processes", 1, 5},
                  {"starts_per_minute", 1, {}},
                  {"log_bytes", 120 << 20, uint64_t{256} << 30}}));
}

BOOST_AUTO_TEST_CASE(logs_that_could_grow_too_large_are_refused) {
  auto policy = std::make_shared<core::limit_policy>();
  policy->usual.log_bytes = 50;
  policy->logs.limits = {10, 1}; // 40 bytes each.
  tell(supervisor, reconfigure{{}, 100, policy});
  keeper.obeys_signals = true;
  start(1);
  BOOST_TEST(answer_as<protocol::process_started>().id == 1u);
  start(2);
  const auto refused = answer_as<protocol::error>();
  BOOST_TEST((refused.code == errc::limit_exceeded));
  BOOST_TEST(refused.message
             == "the logs of your processes may grow to 40 B, this one's to "
                "40 B more, and 50 B is the limit");
  BOOST_TEST(host.only<id_released>().id == 2u);
  auto without_end = command();
  without_end.log_bytes = 0;
  start(3, without_end);
  answer_as<protocol::error>();
  auto small = command();
  small.log_bytes = 2;
  start(4, small);
  BOOST_TEST(answer_as<protocol::process_started>().id == 4u);
  // What has ended leaves room, and needs it again to be started.
  keeper.end(1, 0, 1s, true);
  run();
  start(5);
  BOOST_TEST(answer_as<protocol::process_started>().id == 5u);
  ask(protocol::start_request{1u});
  BOOST_TEST((answer_as<protocol::error>().code == errc::limit_exceeded));
  // A restart needs no more than there is, and administrators are not held to
  // it.
  ask(protocol::restart_request{5u});
  answer_as<protocol::process_started>();
  ask(protocol::start_request{1u}, test::admin);
  answer_as<protocol::process_started>();
}

BOOST_AUTO_TEST_SUITE_END()
