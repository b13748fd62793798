#include "actors/core/restart_policy.hpp"

#include <boost/test/unit_test.hpp>

using namespace hiisi::core;
using namespace std::chrono_literals;
using policy = hiisi::protocol::restart_policy;

namespace {

restart_decision after(policy when, uint32_t quick_failures, ending end,
                       double random = 0.5,
                       const restart_settings& settings = {}) {
  return decide_restart(when, settings, quick_failures, end, random);
}

const restart_after& again(const restart_decision& decision) {
  const auto* r = std::get_if<restart_after>(&decision);
  BOOST_TEST_REQUIRE(r != nullptr);
  return *r;
}

} // namespace

BOOST_AUTO_TEST_SUITE(restart_policy)

BOOST_AUTO_TEST_CASE(no_policy_restarts_nothing) {
  for (bool failure : {false, true})
    for (std::chrono::nanoseconds uptime : {0ns, 1'000'000'000ns})
      BOOST_TEST(std::holds_alternative<leave_ended>(
          after(policy::no, 0, {failure, uptime})));
}

BOOST_AUTO_TEST_CASE(on_failure_leaves_a_success_alone) {
  BOOST_TEST(std::holds_alternative<leave_ended>(
      after(policy::on_failure, 0, {false, 1s})));
  BOOST_TEST(std::holds_alternative<restart_after>(
      after(policy::on_failure, 0, {true, 1s})));
  BOOST_TEST(std::holds_alternative<restart_after>(
      after(policy::always, 0, {false, 1s})));
}

BOOST_AUTO_TEST_CASE(waits_are_nothing_then_doubling_seconds_up_to_a_maximum) {
  const std::chrono::milliseconds expected[]
      = {0ms, 1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s};
  for (uint32_t before = 0; before < std::size(expected); ++before) {
    auto decision = after(policy::always, before, {true, 1s});
    BOOST_TEST((again(decision).delay == expected[before]));
    BOOST_TEST(again(decision).quick_failures == before + 1);
  }
}

BOOST_AUTO_TEST_CASE(chance_spreads_a_wait_by_a_tenth_each_way) {
  BOOST_TEST(
      (again(after(policy::always, 2, {true, 1s}, 0.0)).delay == 1800ms));
  const auto most = again(after(policy::always, 2, {true, 1s}, 0.999999)).delay;
  BOOST_TEST((most > 2195ms && most <= 2200ms));
  // A restart at once is at once for everybody.
  BOOST_TEST((again(after(policy::always, 0, {true, 1s}, 0.9)).delay == 0ms));
}

BOOST_AUTO_TEST_CASE(the_tenth_quick_failure_in_a_row_is_the_last) {
  BOOST_TEST(std::holds_alternative<restart_after>(
      after(policy::always, 8, {true, 29s})));
  auto decision = after(policy::always, 9, {true, 29s});
  const auto* enough = std::get_if<give_up>(&decision);
  BOOST_TEST_REQUIRE(enough != nullptr);
  BOOST_TEST(enough->quick_failures == 10u);
  BOOST_TEST(enough->reason
             == "ended 10 times in a row, each within 30 s of its start");
}

BOOST_AUTO_TEST_CASE(quick_successes_are_given_up_as_well) {
  BOOST_TEST(
      std::holds_alternative<give_up>(after(policy::always, 9, {false, 1s})));
}

BOOST_AUTO_TEST_CASE(a_long_life_clears_the_count) {
  for (uint32_t before : {0u, 5u, 9u, 4'000'000u}) {
    auto decision = after(policy::always, before, {true, 30s});
    BOOST_TEST((again(decision).delay == 0ms));
    BOOST_TEST(again(decision).quick_failures == 0u);
  }
}

BOOST_AUTO_TEST_CASE(settings_are_obeyed) {
  const restart_settings hasty{3s, 2s, 100};
  BOOST_TEST(
      (again(after(policy::always, 7, {true, 1s}, 0.5, hasty)).delay == 3s));
  BOOST_TEST(
      again(after(policy::always, 7, {true, 2s}, 0.5, hasty)).quick_failures
      == 0u);
  const restart_settings strict{60s, 30s, 1};
  BOOST_TEST(std::holds_alternative<give_up>(
      after(policy::always, 0, {true, 1s}, 0.5, strict)));
}

BOOST_AUTO_TEST_CASE(a_patient_setting_never_overflows) {
  const restart_settings patient{std::chrono::hours{1}, 30s, 4'000'000'000u};
  BOOST_TEST(
      (again(after(policy::always, 3'000'000'000u, {true, 0s}, 0.5, patient))
           .delay
       == std::chrono::hours{1}));
}

BOOST_AUTO_TEST_CASE(a_port_is_waited_for_ever_less_often_and_for_ever) {
  const restart_settings usual;
  std::vector<long> seconds;
  for (uint32_t refusals = 0; refusals < 9; ++refusals)
    seconds.push_back(wait_after_refusal(usual, refusals, 0.5).count() / 1000);
  BOOST_TEST((seconds == std::vector<long>{1, 2, 4, 8, 16, 32, 60, 60, 60}));
  BOOST_TEST((wait_after_refusal(usual, 4'000'000'000u, 0.5) == 60s));
}

BOOST_AUTO_TEST_SUITE_END()
