#include "hiidet/event_journal.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdlib>

using namespace hiisi;
using namespace std::chrono_literals;

namespace {

bool has(const std::vector<std::string>& fields, const std::string& field) {
  return std::find(fields.begin(), fields.end(), field) != fields.end();
}

protocol::event exit_of_web() {
  protocol::event e;
  e.number = 12;
  e.what = protocol::event_kind::exit;
  e.uid = 1000;
  e.user = "alice";
  e.id = 7;
  e.name = "web";
  e.by = {protocol::event_cause::kind::user, 0, "root", 4242};
  e.run = 3;
  e.exit
      = protocol::exit_info{protocol::exit_info::kind::signaled, 11, true, {}};
  e.used = protocol::resource_use{1s, 2us, 64 << 20};
  return e;
}

} // namespace

BOOST_AUTO_TEST_SUITE(event_journal)

BOOST_AUTO_TEST_CASE(each_fact_has_a_field) {
  const auto fields = hiidet::journal_fields(exit_of_web());
  for (const auto* field :
       {"MESSAGE=exit of process 7 (web), alice's: signal 11", "PRIORITY=5",
        "HIISI_EVENT=exit", "HIISI_NUMBER=12", "HIISI_UID=1000",
        "HIISI_USER=alice", "HIISI_ID=7", "HIISI_NAME=web", "HIISI_RUN=3",
        "HIISI_BY=user", "HIISI_BY_USER=root", "HIISI_BY_PID=4242",
        "HIISI_EXIT=signaled", "HIISI_EXIT_VALUE=11", "HIISI_CORE_DUMPED=1",
        "HIISI_CPU_USER_US=1000000", "HIISI_MAX_RSS_BYTES=67108864"})
    BOOST_TEST(has(fields, field), field);
}

BOOST_AUTO_TEST_CASE(what_needs_a_look_has_a_higher_priority) {
  protocol::event e;
  e.what = protocol::event_kind::give_up;
  BOOST_TEST(has(hiidet::journal_fields(e), "PRIORITY=4"));
  e.what = protocol::event_kind::start;
  BOOST_TEST(has(hiidet::journal_fields(e), "PRIORITY=6"));
}

BOOST_AUTO_TEST_CASE(elsewhere_than_under_systemd_there_is_none) {
  ::unsetenv("JOURNAL_STREAM");
  BOOST_TEST(!hiidet::event_journal());
  ::setenv("JOURNAL_STREAM", "8:1", 1);
  const auto journal = hiidet::event_journal();
  ::unsetenv("JOURNAL_STREAM");
  BOOST_TEST_REQUIRE(static_cast<bool>(journal));
  journal(exit_of_web()); // Nobody may listen; that is no error.
}

BOOST_AUTO_TEST_SUITE_END()
