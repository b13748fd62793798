#include "actors/child_table.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

using namespace hiisi;
using namespace std::chrono_literals;
using actors::child_table;
using protocol::process_state;
using protocol::restart_policy;

namespace {

core::process_record record_of(uint32_t id, std::string name,
                               restart_policy policy = restart_policy::no) {
  core::process_spec spec;
  spec.id = id;
  spec.name = std::move(name);
  spec.uid = 1000;
  spec.user = "alice";
  spec.argv = {"./web"};
  spec.policy = policy;
  core::process_record record;
  record.spec = std::make_shared<core::process_spec>(std::move(spec));
  record.state = process_state::running;
  return record;
}

/// Lets the process be seen in that state.
void becomes(child_table& table, uint32_t id, process_state state) {
  auto record = table.at(id).view->record;
  record.state = state;
  table.update(id, std::make_shared<actors::process_view>(
                       actors::process_view{std::move(record), {}, {}}));
}

protocol::target by_name(const char* name) {
  return std::string{name};
}
protocol::target by_id(uint32_t id) {
  return id;
}

} // namespace

BOOST_AUTO_TEST_SUITE(child_table_cases)

BOOST_AUTO_TEST_CASE(a_process_is_found_by_id_and_by_name) {
  child_table table;
  table.add(record_of(7, "web"));
  BOOST_TEST_REQUIRE(table.find(by_id(7)) != nullptr);
  BOOST_TEST(table.find(by_id(7)) == table.find(by_name("web")));
  BOOST_TEST(table.find(by_id(8)) == nullptr);
  BOOST_TEST(table.find(by_name("wob")) == nullptr);
}

BOOST_AUTO_TEST_CASE(what_leaves_is_neither_found_nor_listed) {
  child_table table;
  table.add(record_of(7, "web")).leaving = true;
  table.add(record_of(8, "blog")).fresh = true;
  table.add(record_of(9, "wiki"));
  BOOST_TEST(table.find(by_id(7)) == nullptr);
  const auto rows = table.rows({1000, false}, {});
  BOOST_TEST_REQUIRE(rows.size() == 1u);
  BOOST_TEST(rows[0].id == 9u);
}

BOOST_AUTO_TEST_CASE(logs_are_counted_of_what_is_defined) {
  using core::log_shares;
  child_table table;
  auto small = record_of(7, "web");
  auto spec = *small.spec;
  spec.logs = {100, 2};
  small.spec = std::make_shared<core::process_spec>(spec);
  table.add(small);
  table.add(record_of(8, "blog"));
  table.add(record_of(9, "wiki"));
  BOOST_TEST((table.logs() == log_shares{{{}, 2}, {{100, 2}, 1}}));
  becomes(table, 7, process_state::exited);
  becomes(table, 8, process_state::exited);
  BOOST_TEST((table.logs() == log_shares{{{}, 1}}));
  BOOST_TEST(!table.counts(7));
  BOOST_TEST(table.counts(9));
  becomes(table, 7, process_state::exited); // Nothing is counted twice.
  BOOST_TEST((table.logs() == log_shares{{{}, 1}}));
  becomes(table, 7, process_state::running);
  BOOST_TEST((table.logs() == log_shares{{{}, 1}, {{100, 2}, 1}}));
  table.erase(7);
  table.erase(8);
  BOOST_TEST((table.logs() == log_shares{{{}, 1}}));
  becomes(table, 9, process_state::exited);
  BOOST_TEST(table.take_surplus(0).value_or(0) == 9u);
  table.erase(9);
  BOOST_TEST(table.logs().empty());
}

BOOST_AUTO_TEST_CASE(rows_come_in_the_order_of_age) {
  child_table table;
  table.add(record_of(9, "a"));
  table.add(record_of(3, "b"));
  const auto rows = table.rows({1000, false}, {});
  BOOST_TEST_REQUIRE(rows.size() == 2u);
  BOOST_TEST(rows[0].id == 3u);
}

BOOST_AUTO_TEST_CASE(a_row_is_written_once_while_nothing_changes) {
  child_table table;
  table.add(record_of(7, "web"));
  const auto first = table.own_rows(1s, {});
  BOOST_TEST_REQUIRE(first.size() == 1u);
  BOOST_TEST((first[0].uptime == 1s));
  const auto second = table.own_rows(2s, {});
  BOOST_TEST(first[0].entry == second[0].entry);
  BOOST_TEST((second[0].uptime == 2s));
  becomes(table, 7, process_state::exited);
  const auto third = table.own_rows(3s, {});
  BOOST_TEST(first[0].entry != third[0].entry);
  BOOST_TEST(third[0].entry->json.find("exited") != std::string::npos);
  BOOST_TEST((third[0].uptime == 0s));
}

BOOST_AUTO_TEST_CASE(rows_are_written_anew_when_they_are_forgotten) {
  child_table table;
  table.add(record_of(7, "web"));
  const auto before = table.own_rows(1s, {});
  table.forget_written();
  BOOST_TEST(before[0].entry != table.own_rows(1s, {})[0].entry);
}

BOOST_AUTO_TEST_CASE(what_waits_is_written_each_time) {
  child_table table;
  table.add(record_of(7, "web"));
  becomes(table, 7, process_state::backoff);
  const auto before = table.own_rows(1s, {});
  BOOST_TEST(before[0].entry != table.own_rows(1s, {})[0].entry);
}

BOOST_AUTO_TEST_CASE(ones_own_rows_are_those_one_has) {
  child_table table;
  table.add(record_of(7, "web")).leaving = true;
  table.add(record_of(8, "blog")).fresh = true;
  table.add(record_of(9, "wiki")).left_behind = true;
  table.add(record_of(10, "shop"));
  BOOST_TEST(table.own_rows(1s, {}).size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_freed_name_goes_to_whoever_comes_next) {
  child_table table;
  table.add(record_of(7, "web"));
  table.free_name(7);
  BOOST_TEST(!table.named("web").has_value());
  table.add(record_of(8, "web"));
  table.claim_name(7);
  BOOST_TEST(table.named("web").value() == 8u);
  // The end of the one before does not take it away again.
  table.erase(7);
  BOOST_TEST(table.named("web").value() == 8u);
  table.erase(8);
  BOOST_TEST(!table.named("web").has_value());
}

BOOST_AUTO_TEST_CASE(a_name_that_is_taken_stays_so) {
  child_table table;
  table.add(record_of(7, "web"));
  table.add(record_of(8, "web"));
  BOOST_TEST(table.named("web").value() == 7u);
}

BOOST_AUTO_TEST_CASE(the_oldest_plain_run_that_ended_goes_first) {
  child_table table;
  for (uint32_t id = 1; id <= 3; ++id)
    table.add(record_of(id, "run" + std::to_string(id)));
  becomes(table, 3, process_state::exited);
  becomes(table, 1, process_state::failed);
  BOOST_TEST(!table.take_surplus(2).has_value());
  becomes(table, 2, process_state::stopped);
  BOOST_TEST(table.take_surplus(2).value() == 1u);
  BOOST_TEST(table.at(1).leaving);
  BOOST_TEST(!table.take_surplus(2).has_value());
}

BOOST_AUTO_TEST_CASE(what_has_a_policy_or_runs_again_is_no_surplus) {
  child_table table;
  table.add(record_of(1, "kept", restart_policy::always));
  table.add(record_of(2, "again"));
  becomes(table, 1, process_state::stopped);
  becomes(table, 2, process_state::exited);
  becomes(table, 2, process_state::running);
  BOOST_TEST(!table.take_surplus(0).has_value());
}

BOOST_AUTO_TEST_CASE(what_ended_before_its_start_was_answered_counts_later) {
  child_table table;
  table.add(record_of(1, "web")).fresh = true;
  becomes(table, 1, process_state::exited);
  BOOST_TEST(!table.surplus(0));
  table.at(1).fresh = false;
  table.recount(1);
  BOOST_TEST(table.surplus(0));
  BOOST_TEST(table.take_surplus(0).value() == 1u);
  BOOST_TEST(!table.surplus(0));
}

BOOST_AUTO_TEST_CASE(news_of_what_was_removed_changes_nothing) {
  child_table table;
  table.add(record_of(1, "web"));
  const auto view = table.at(1).view;
  table.erase(1);
  table.update(1, view);
  table.erase(1);
  BOOST_TEST(table.size() == 0u);
  BOOST_TEST(!table.contains(1));
}

BOOST_AUTO_TEST_SUITE_END()
