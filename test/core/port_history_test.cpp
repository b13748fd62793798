#include "actors/core/port_history.hpp"

#include <boost/test/unit_test.hpp>

using namespace hiisi::core;
using namespace std::chrono_literals;
using hiisi::protocol::wall_time;

namespace {

const wall_time start{std::chrono::sys_days{std::chrono::year{2026} / 11 / 2}};

port_allocation allocated_at(wall_time when) {
  return {8080, 1000, "alice", when};
}

} // namespace

BOOST_AUTO_TEST_SUITE(port_history_suite)

BOOST_AUTO_TEST_CASE(what_was_never_seen_is_idle_since_it_was_allocated) {
  port_history history;
  BOOST_TEST((history.idle_since(allocated_at(start)) == start));
  history.observe(8080, false, start + 1h);
  BOOST_TEST((history.idle_since(allocated_at(start)) == start));
  BOOST_TEST(!history.take_change());
}

BOOST_AUTO_TEST_CASE(it_is_idle_since_it_was_last_seen) {
  port_history history;
  history.observe(8080, true, start + 1h);
  history.observe(8080, true, start + 2h);
  history.observe(8080, false, start + 3h);
  BOOST_TEST((history.idle_since(allocated_at(start)) == start + 2h));
}

BOOST_AUTO_TEST_CASE(a_sight_before_the_allocation_was_of_an_earlier_owner) {
  port_history history;
  history.observe(8080, true, start);
  BOOST_TEST((history.idle_since(allocated_at(start + 1h)) == start + 1h));
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_set_back_undoes_nothing) {
  port_history history;
  history.observe(8080, true, start + 2h);
  history.observe(8080, true, start + 1h);
  BOOST_TEST((history.idle_since(allocated_at(start)) == start + 2h));
}

BOOST_AUTO_TEST_CASE(it_is_written_once_an_hour_and_when_somebody_stops) {
  port_history history;
  int writes = 0;
  auto look = [&](wall_time now, bool listening) {
    history.observe(8080, listening, now);
    writes += history.take_change();
  };
  look(start, true);
  BOOST_TEST(writes == 1); // That it is in use at all.
  for (auto minutes = 5min; minutes < 1h; minutes += 5min)
    look(start + minutes, true);
  BOOST_TEST(writes == 1);
  look(start + 60min, true);
  BOOST_TEST(writes == 2);
  look(start + 65min, true);
  BOOST_TEST(writes == 2);
  look(start + 70min, false);
  BOOST_TEST(writes == 3); // As of five minutes before.
  for (auto hours = 2h; hours < 48h; hours += 1h)
    look(start + hours, false);
  BOOST_TEST(writes == 3);
}

BOOST_AUTO_TEST_CASE(a_freed_port_is_in_quarantine_for_a_while) {
  port_history history;
  history.freed(8080, start);
  BOOST_TEST(history.take_change());
  BOOST_TEST(history.in_quarantine(8080, start + 599s, 600s).has_value());
  BOOST_TEST(!history.in_quarantine(8080, start + 600s, 600s).has_value());
  port_set ports;
  history.add_quarantined(ports, start + 599s, 600s);
  BOOST_TEST(ports.contains(8080));
  port_set later;
  history.add_quarantined(later, start + 600s, 600s);
  BOOST_TEST(later.size() == 0u);
}

BOOST_AUTO_TEST_CASE(a_freed_port_has_no_past) {
  port_history history;
  history.observe(8080, true, start + 5h);
  history.freed(8080, start + 5h);
  BOOST_TEST((history.idle_since(allocated_at(start)) == start));
}

BOOST_AUTO_TEST_CASE(it_comes_back_as_it_was_to_the_second) {
  port_history history;
  history.observe(8080, true, start + 1500ms);
  history.observe(9090, true, start + 7h);
  history.freed(3000, start + 2h);
  auto back = port_history::read(history.text(), "h.ron");
  BOOST_TEST_REQUIRE(back.ok(), history.text());
  BOOST_TEST((back->idle_since(allocated_at(start)) == start + 1s));
  BOOST_TEST(back->in_quarantine(3000, start + 2h, 1s).has_value());
  BOOST_TEST(!back->take_change());
  BOOST_TEST(back->text() == history.text());
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_named_with_its_place) {
  for (const auto* text : {"", "(", "(seen: {80: 1})", "(seen: {8080: -1})",
                           "(freed: [1])", "(seen: {}, other: 1)"}) {
    auto read = port_history::read(text, "h.ron");
    BOOST_TEST_REQUIRE(!read.ok(), text);
    BOOST_TEST(read.failure().message.starts_with("h.ron:1:"), text);
  }
}

BOOST_AUTO_TEST_SUITE_END()
