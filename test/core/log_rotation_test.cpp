#include "actors/core/log_policy.hpp"
#include "actors/core/log_rotation.hpp"
#include "actors/core/log_rounds.hpp"

#include <boost/test/unit_test.hpp>

using namespace hiisi::core;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(log_rotation)

BOOST_AUTO_TEST_CASE(full_parts_are_due_and_no_more_than_are_kept) {
  const log_limits limits{100, 3};
  BOOST_TEST((plan_rotation(limits, 99) == rotation_plan{0, 0}));
  BOOST_TEST((plan_rotation(limits, 100) == rotation_plan{0, 1}));
  BOOST_TEST((plan_rotation(limits, 399) == rotation_plan{0, 3}));
  BOOST_TEST((plan_rotation(limits, 1050) == rotation_plan{700, 3}));
  BOOST_TEST((plan_rotation({0, 3}, 1 << 30) == rotation_plan{0, 0}));
}

BOOST_AUTO_TEST_CASE(the_surplus_goes) {
  BOOST_TEST(surplus_segments({100, 3}, 3) == 0u);
  BOOST_TEST(surplus_segments({100, 3}, 5) == 2u);
  BOOST_TEST(surplus_segments({0, 3}, 5) == 0u);
}

BOOST_AUTO_TEST_CASE(reports_are_read_as_they_were_written) {
  const rotation_report report{true, 3, 31457280, 1};
  const auto text = write_report(report);
  BOOST_TEST(text.size() < report_bytes);
  BOOST_TEST((read_report(text) == report));
  for (const auto* bad :
       {"", "grew=1", "grew=1 segments=x bytes=1 failures=0\n",
        "grew=1 segments=1 bytes=1 failures=0",
        "grew=1 segments=1 bytes=9999999999999 failures=0\n"})
    BOOST_TEST(!read_report(bad).has_value(), bad);
  BOOST_TEST(!read_report(std::string(report_bytes, '\0')).has_value());
}

BOOST_AUTO_TEST_CASE(a_process_comes_before_its_user_and_that_before_a_group) {
  log_policy policy;
  policy.rules.push_back({"", "students", 7, {1000, std::nullopt}});
  policy.rules.push_back({"anna", "", {}, {std::nullopt, 9}});
  policy.rules.push_back({"", "unknown", {}, {1, 1}});
  const std::vector<uint32_t> groups = {3, 7};
  BOOST_TEST((limits_for(policy, "anna", groups, {}) == log_limits{1000, 9}));
  BOOST_TEST((limits_for(policy, "bert", groups, {}) == log_limits{1000, 5}));
  BOOST_TEST((limits_for(policy, "bert", {}, {}) == log_limits{}));
  BOOST_TEST((limits_for(policy, "anna", groups, {0, std::nullopt})
              == log_limits{0, 9}));
}

BOOST_AUTO_TEST_CASE(two_streams_have_each_a_live_file_and_its_segments) {
  log_policy policy;
  policy.limits = {1000, 4};
  const auto room
      = [&](const auto& what) { return log_room(policy, "anna", {}, what); };
  BOOST_TEST(room(log_wishes{}) == 10'000u);
  BOOST_TEST(room(log_wishes{10, 1}) == 40u);
  BOOST_TEST(room(log_shares{}) == 0u);
  BOOST_TEST(room(log_shares{{{}, 3}, {{10, 1}, 2}}) == 30'080u);
  // What its owner does not have rotated has no end, and neither have sums.
  BOOST_TEST(room(log_wishes{0, {}}) == endless);
  BOOST_TEST(room(log_shares{{{}, 3}, {{0, {}}, 1}}) == endless);
  BOOST_TEST(room(log_shares{{{uint64_t{1} << 40, 100'000}, 1000}}) == endless);
  policy.rules.push_back({"anna", "", {}, {std::nullopt, 0}});
  BOOST_TEST(room(log_wishes{}) == 2000u);
  // Where rotation is off for all, it is nobody's own doing.
  policy.limits.bytes = 0;
  BOOST_TEST(room(log_wishes{}) == 0u);
  BOOST_TEST(room(log_wishes{10, 1}) == 40u);
}

BOOST_AUTO_TEST_CASE(all_have_their_turn_at_once_and_the_quiet_seldom) {
  log_rounds rounds;
  BOOST_TEST(!rounds.next().has_value());
  rounds.add(1, 103s);
  rounds.add(2, 108s);
  BOOST_TEST((rounds.next() == 110s));
  BOOST_TEST(rounds.take_due(109s).empty());
  BOOST_TEST((rounds.take_due(110s) == std::vector<uint32_t>{1, 2}));
  BOOST_TEST((rounds.next() == 120s));
  rounds.quiet(1, 110s);
  rounds.add(1, 111s); // Known already.
  BOOST_TEST((rounds.take_due(121s) == std::vector<uint32_t>{2}));
  rounds.quiet(2, 121s);
  BOOST_TEST((rounds.next() == 170s));
  rounds.remove(1);
  BOOST_TEST((rounds.next() == 180s));
  rounds.remove(2);
  BOOST_TEST(!rounds.next().has_value());
}

BOOST_AUTO_TEST_SUITE_END()
