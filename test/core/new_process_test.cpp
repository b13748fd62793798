#include "actors/core/new_process.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>

using namespace hiisi;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(new_process)

BOOST_AUTO_TEST_CASE(a_record_holds_all_that_was_asked_for) {
  protocol::run_request request;
  request.argv = {"./web", "-v"};
  request.cwd = "/srv";
  request.restart = protocol::restart_policy::always;
  request.stop_signal = 15;
  request.stop_timeout = 2s;
  request.umask = 0077;
  const auto env = protocol::shared_environment{{"A", "b"}};
  const auto record = core::record_of_new(
      request, {7, "web", 1000, "alice", protocol::wall_time{5s}}, env);
  const auto& spec = *record.spec;
  BOOST_TEST(spec.id == 7u);
  BOOST_TEST(spec.name == "web");
  BOOST_TEST(spec.uid == 1000u);
  BOOST_TEST(spec.user == "alice");
  BOOST_TEST(spec.argv == request.argv, boost::test_tools::per_element());
  BOOST_TEST(spec.cwd == "/srv");
  BOOST_TEST((spec.env == env));
  BOOST_TEST((spec.policy == protocol::restart_policy::always));
  BOOST_TEST((spec.stop_signal == 15));
  BOOST_TEST((spec.stop_timeout == 2s));
  BOOST_TEST(spec.umask == 0077u);
  BOOST_TEST((spec.created == protocol::wall_time{5s}));
}

BOOST_AUTO_TEST_CASE(before_its_first_start_it_is_stopped_and_wanted) {
  protocol::run_request request;
  request.argv = {"./web"};
  const auto record
      = core::record_of_new(request, {7, "web", 1000, "alice", {}}, {});
  BOOST_TEST((record.state == protocol::process_state::stopped));
  BOOST_TEST(record.wanted);
  BOOST_TEST(record.run == 0u);
  BOOST_TEST(record.spec->umask == 0022u);
}

BOOST_AUTO_TEST_SUITE_END()
