#include "actors/core/start_budget.hpp"
#include "actors/core/user_limits.hpp"

#include <boost/test/unit_test.hpp>

using namespace hiisi::core;
using namespace std::chrono_literals;

namespace {

limit_policy policy() {
  limit_policy p;
  p.usual = {10, 20, 30, 40, 1000};
  limit_rule students;
  students.group = "students";
  students.gid = 50;
  students.processes = 1;
  students.connections = 2;
  limit_rule anna;
  anna.user = "anna";
  anna.processes = 5;
  anna.starts_per_minute = no_limit;
  anna.log_bytes = 7;
  limit_rule unknown;
  unknown.group = "nobody knows it";
  unknown.bytes_in_flight = 0;
  p.rules = {students, anna, unknown};
  return p;
}

constexpr uint32_t in_students[] = {50, 60};

} // namespace

BOOST_AUTO_TEST_SUITE(user_limits_rules)

BOOST_AUTO_TEST_CASE(whoever_no_rule_names_has_the_usual) {
  BOOST_TEST((limits_of(policy(), 1000, "bert", {}) == policy().usual));
}

BOOST_AUTO_TEST_CASE(a_rule_for_a_group_is_for_its_members) {
  BOOST_TEST((limits_of(policy(), 1000, "bert", in_students)
              == user_limits{1, 20, 2, 40, 1000}));
}

BOOST_AUTO_TEST_CASE(a_rule_for_a_user_goes_before_that_for_a_group) {
  BOOST_TEST((limits_of(policy(), 1000, "anna", in_students)
              == user_limits{5, no_limit, 2, 40, 7}));
}

BOOST_AUTO_TEST_CASE(root_has_no_limits) {
  BOOST_TEST(
      (limits_of(policy(), 0, "anna", in_students)
       == user_limits{no_limit, no_limit, no_limit, no_limit, no_limit}));
}

BOOST_AUTO_TEST_CASE(a_refusal_says_the_limit_the_use_and_whom_to_ask) {
  BOOST_TEST(check_limit(4, 5, "processes", "", "").ok());
  BOOST_TEST(check_limit(4, no_limit, "processes", "", "").ok());
  const auto refused
      = check_limit(7, 5, "processes", "remove some", "hanna@example.org");
  BOOST_TEST_REQUIRE(!refused.ok());
  const auto& why = refused.failure();
  BOOST_TEST((why.code == hiisi::protocol::errc::limit_exceeded));
  BOOST_TEST(why.message == "you have 7 processes, and 5 is the limit");
  BOOST_TEST(why.hint
             == "remove some, or ask hanna@example.org for more; hiisi quota "
                "shows your limits");
}

BOOST_AUTO_TEST_CASE(the_logs_of_one_more_process_have_to_fit) {
  constexpr uint64_t mib = 1024 * 1024;
  BOOST_TEST(check_log_room(80 * mib, 20 * mib, 100 * mib, "").ok());
  BOOST_TEST(check_log_room(80 * mib, endless, no_limit, "").ok());
  const auto refused
      = check_log_room(80 * mib, 20 * mib + 1, 100 * mib, "Hanna");
  BOOST_TEST_REQUIRE(!refused.ok());
  const auto& why = refused.failure();
  BOOST_TEST((why.code == hiisi::protocol::errc::limit_exceeded));
  BOOST_TEST(why.message
             == "the logs of your processes may grow to 80 MiB, this one's to "
                "20 MiB more, and 100 MiB is the limit");
  BOOST_TEST(why.hint
             == "--log-size and --log-keep make them smaller, hiisi rm forgets "
                "some, or ask Hanna for more; hiisi quota shows your limits");
  const auto without_end = check_log_room(0, endless, 100 * mib, "Hanna");
  BOOST_TEST_REQUIRE(!without_end.ok());
  BOOST_TEST(without_end.failure().message
             == "the logs of this process would have no end, and 100 MiB is "
                "the limit");
  BOOST_TEST(without_end.failure().hint.starts_with("leave out --log-size 0,"));
  // Whoever is beyond it already has no room, and no sum wraps around.
  BOOST_TEST(!check_log_room(endless, 1, 100 * mib, "").ok());
  BOOST_TEST(!check_log_room(1, endless - 1, 100 * mib, "").ok());
}

BOOST_AUTO_TEST_CASE(a_minute_is_counted_and_no_more) {
  minute_count starts;
  BOOST_TEST(starts.within(5s) == 0u);
  starts.add(5s);
  starts.add(5900ms);
  starts.add(30s);
  BOOST_TEST(starts.within(30s) == 3u);
  BOOST_TEST(starts.within(64999ms) == 3u);
  // The first two were in the second that is a minute ago by now.
  BOOST_TEST(starts.within(65s) == 1u);
  starts.add(66s);
  BOOST_TEST(starts.within(66s) == 2u);
  BOOST_TEST(starts.within(89s) == 2u);
  BOOST_TEST(starts.within(90s) == 1u);
  BOOST_TEST(starts.within(126s) == 0u);
  starts.add(1h);
  BOOST_TEST(starts.within(1h) == 1u);
  // A ring that has gone round many times knows nothing of earlier rounds.
  for (int second = 0; second < 200; ++second)
    starts.add(2h + std::chrono::seconds{second});
  BOOST_TEST(starts.within(2h + 199s) == 60u);
}

BOOST_AUTO_TEST_CASE(a_budget_counts_what_it_grants) {
  start_budget budget;
  BOOST_TEST(budget.take(1s).ok());
  budget.limit(2, "Hanna");
  BOOST_TEST(budget.take(2s).ok());
  const auto refused = budget.take(3s);
  BOOST_TEST_REQUIRE(!refused.ok());
  BOOST_TEST(refused.failure().message
             == "you have 2 starts and restarts within a minute, and 2 is the "
                "limit");
  BOOST_TEST(budget.use(3s) == 2u);
  budget.count(3s);
  BOOST_TEST(budget.use(3s) == 3u);
  BOOST_TEST(!budget.take(61s).ok());
  BOOST_TEST(budget.take(62s).ok());
}

BOOST_AUTO_TEST_SUITE_END()
