#include "actors/core/port_state.hpp"

#include <boost/test/unit_test.hpp>

using namespace hiisi::core;
using namespace std::chrono_literals;
using hiisi::protocol::port_use;
using hiisi::protocol::wall_time;

namespace {

const wall_time start{std::chrono::sys_days{std::chrono::year{2026} / 11 / 2}};

struct scene {
  port_allocation web{8080, 1000, "alice", start, "/home/alice"};
  port_reading reading;
  port_history history;
  port_policy policy;

  scene() {
    known(1000, "alice");
    known(1001, "bob");
    reading.processes_known = true;
  }
  void known(uint32_t uid, std::string name, std::string home = {}) {
    reading.people[uid] = {port_person::standing::known, name,
                           home.empty() ? "/home/" + name : home};
  }
  void gone(uint32_t uid) {
    reading.people[uid] = {port_person::standing::gone, {}, {}};
  }
  port_sighting& listen(uint16_t port, uint32_t uid, bool udp = false) {
    port_sighting s{port, udp, uid};
    auto at = std::ranges::upper_bound(reading.sightings, port, {},
                                       &port_sighting::port);
    return *reading.sightings.insert(at, s);
  }
  port_use use() const { return state_of(web, reading).use; }
  hiisi::protocol::port_entry shown(wall_time now = start) const {
    return show_port(web, reading, history, policy, now);
  }
  port_fate fate(wall_time now) const {
    return fate_of(web, reading, history, policy, now);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(port_state_suite, scene)

BOOST_AUTO_TEST_CASE(nobody_is_idle) {
  listen(8079, 1000);
  listen(8081, 1001);
  BOOST_TEST((use() == port_use::idle));
  BOOST_TEST(!shown().active);
  BOOST_TEST((shown().idle_since == start));
}

BOOST_AUTO_TEST_CASE(its_owner_is_listening_by_either_protocol) {
  listen(8080, 1000, true);
  BOOST_TEST((use() == port_use::listening));
  BOOST_TEST(!shown().idle_since.has_value());
}

BOOST_AUTO_TEST_CASE(somebody_else_has_taken_it_by_the_same_protocol) {
  listen(8080, 1001, true);
  BOOST_TEST((use() == port_use::idle));
  BOOST_TEST(shown().active);
  listen(8080, 1001);
  BOOST_TEST((use() == port_use::taken));
  BOOST_TEST(shown().others == std::vector<std::string>{"bob"},
             boost::test_tools::per_element());
  web.udp = true;
  reading.sightings.pop_back();
  listen(8080, 1003, true);
  BOOST_TEST((use() == port_use::taken));
}

BOOST_AUTO_TEST_CASE(both_may_listen_on_different_addresses) {
  listen(8080, 1000);
  listen(8080, 1001);
  listen(8080, 1001);
  BOOST_TEST((use() == port_use::listening));
  BOOST_TEST(shown().others == std::vector<std::string>{"bob"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_process_of_its_owners_listens_whoever_made_the_socket) {
  auto& s = listen(8080, 0);
  s.process = 4;
  s.process_uid = 1000;
  s.process_name = "web";
  BOOST_TEST((use() == port_use::listening));
  BOOST_TEST(shown().process == 4u);
  BOOST_TEST(shown().process_name == "web");
}

BOOST_AUTO_TEST_CASE(the_process_that_has_it_is_shown_while_nobody_listens) {
  web.process = 4;
  BOOST_TEST(shown().process == 0u);
  reading.processes[4] = "web";
  BOOST_TEST(shown().process == 4u);
}

BOOST_AUTO_TEST_CASE(a_uid_given_out_again_inherits_nothing) {
  known(1000, "carol");
  listen(8080, 1000);
  BOOST_TEST((use() == port_use::taken));
  BOOST_TEST(shown().orphaned);
  BOOST_TEST(shown().user == "alice");
  BOOST_TEST(shown().others == std::vector<std::string>{"carol"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(who_is_renamed_is_still_at_home) {
  known(1000, "carol", "/home/alice");
  BOOST_TEST(!shown().orphaned);
  listen(8080, 1000);
  BOOST_TEST((use() == port_use::listening));
}

BOOST_AUTO_TEST_CASE(who_has_departed_leaves_an_orphan) {
  gone(1000);
  BOOST_TEST(shown().orphaned);
  // Where the user database is silent nobody is taken for departed.
  reading.people.erase(1000);
  BOOST_TEST(!shown().orphaned);
  reading.people[1000] = {};
  BOOST_TEST(!shown().orphaned);
}

BOOST_AUTO_TEST_CASE(an_idle_port_is_flagged_then_due) {
  using std::chrono::days;
  BOOST_TEST(!fate(start + days{14} - 1s).unused);
  BOOST_TEST(fate(start + days{14}).unused);
  BOOST_TEST(!fate(start + days{30} - 1s).due);
  BOOST_TEST(fate(start + days{30}).due);
  BOOST_TEST(fate(start + days{31}).why == "idle for 31 days");
  BOOST_TEST(fate(start + 3h).why
             == "idle for 3 hours, and collected after 30 days");
  policy.unused_after = 2h;
  policy.collect_after = 3h;
  BOOST_TEST(fate(start + 2h).unused);
  BOOST_TEST(fate(start + 3h).due);
  history.observe(8080, true, start + 1h);
  BOOST_TEST(!fate(start + 3h).due);
}

BOOST_AUTO_TEST_CASE(there_are_reasons_to_keep_an_idle_port) {
  const auto late = start + std::chrono::days{100};
  BOOST_TEST(fate(late).due);
  web.keep = true;
  BOOST_TEST(!fate(late).due);
  BOOST_TEST(!fate(late).unused);
  BOOST_TEST(fate(late).why == "idle for 100 days, but its owner keeps it");
  web.keep = false;
  web.process = 4;
  BOOST_TEST(fate(late).due);
  reading.processes[4] = "web";
  BOOST_TEST(!fate(late).due);
  BOOST_TEST(fate(late).unused);
  BOOST_TEST(!fate(start + std::chrono::days{13}).unused);
  BOOST_TEST(fate(late).why
             == "idle for 100 days, but process 4 (web) is defined with it");
  reading.processes.clear();
  reading.processes_known = false;
  BOOST_TEST(!fate(late).due);
  web.process = 0;
  listen(8080, 1000);
  BOOST_TEST(!fate(late).due);
}

BOOST_AUTO_TEST_CASE(somebody_elses_listening_does_not_keep_it) {
  listen(8080, 1001);
  BOOST_TEST(fate(start + std::chrono::days{30}).due);
}

BOOST_AUTO_TEST_CASE(listeners_without_an_allocation_are_unregistered) {
  port_table table;
  BOOST_REQUIRE(table.allocate(web).ok());
  port_set ephemeral;
  ephemeral.add(port_range{32768, 60999});
  listen(80, 0);
  listen(8080, 1001);
  listen(5432, 1001);
  listen(5432, 1001); // By IPv6 as well.
  listen(5432, 1001, true);
  listen(40000, 1000);
  listen(40001, 1000, true);
  auto found = unregistered(table, reading, ephemeral);
  BOOST_TEST_REQUIRE(found.size() == 3u);
  BOOST_TEST(found[0].port == 5432);
  BOOST_TEST(found[0].user == "bob");
  BOOST_TEST((found[0].use == port_use::unregistered));
  BOOST_TEST(found[0].active);
  BOOST_TEST(!found[0].udp);
  BOOST_TEST(found[1].udp);
  BOOST_TEST(found[2].port == 40000);
}

BOOST_AUTO_TEST_CASE(whoever_wants_it_is_told_how_it_is_used) {
  BOOST_TEST(describe_use(web, reading, history) == ", idle since 2026-11-02");
  auto& s = listen(8080, 1000);
  BOOST_TEST(describe_use(web, reading, history) == ", who listens on it");
  s.process = 4;
  s.process_name = "web";
  BOOST_TEST(describe_use(web, reading, history)
             == ", who listens on it (process 4 (web))");
  s.uid = 1001;
  BOOST_TEST(describe_use(web, reading, history)
             == ", and process 4 (web) of bob listens on it");
}

BOOST_AUTO_TEST_SUITE_END()
