#include "test/support/process_fixture.hpp"
#include "test/support/temp_dir.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>

using namespace hiisi;
using namespace hiisi::actors;
using keeper_wire::phase;
using protocol::process_state;
using protocol::restart_policy;
using test::crashed;
using test::record_of;

BOOST_FIXTURE_TEST_SUITE(process_recovery, test::process_fixture)

// -- the owner ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_start_waits_until_the_owner_is_known) {
  begin(restart_policy::no, nullptr);
  have(operation_kind::start);
  BOOST_TEST(keeper.take_orders() == "");
  tell(process, owner_known{test::alice});
  BOOST_TEST(keeper.take_orders() == "spawn 7/1, release 7/1");
  BOOST_TEST(outcomes() == "1: ok");
}

BOOST_AUTO_TEST_CASE(an_owner_who_is_gone_can_run_nothing) {
  begin(restart_policy::no, nullptr);
  have(operation_kind::start);
  tell(process, owner_known{nullptr});
  BOOST_TEST(outcomes() == "1: user 1000 (alice) does not exist any more");
  BOOST_TEST(keeper.take_orders() == "");
}

BOOST_AUTO_TEST_CASE(a_start_given_up_meanwhile_is_not_made_up_for) {
  begin_with(record_of(restart_policy::always, process_state::backoff, 3),
             nullptr, true, live(3));
  reconcile_with(std::nullopt);
  BOOST_TEST(state() == "starting");
  have(operation_kind::stop);
  BOOST_TEST(outcomes() == "1: ok");
  BOOST_TEST(state() == "stopped");
  keeper.take_orders();
  tell(process, owner_known{test::alice});
  BOOST_TEST(keeper.take_orders() == "");
}

// -- recovery -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(nothing_is_done_before_the_keeper_has_spoken) {
  begin_with(record_of(restart_policy::always, process_state::running, 3),
             test::alice, true, live(3));
  BOOST_TEST(keeper.actor().only<watch_child>().recovered);
  have(operation_kind::stop);
  BOOST_TEST(keeper.take_orders() == "");
  keeper.obeys_signals = true;
  reconcile_with(phase::running, 3);
  BOOST_TEST(keeper.take_orders() == "signal2 7/3, acknowledge 7/3");
  BOOST_TEST(outcomes() == "1: ok");
}

BOOST_AUTO_TEST_CASE(each_phase_that_is_found_is_carried_on_from) {
  struct row {
    phase how_far;
    int status;
    std::string_view orders;
    std::string_view becomes;
  };
  for (const auto& r : std::initializer_list<row>{
           {phase::starting, 0, "", "starting"},
           {phase::running, 0, "", "running"},
           {phase::ended, 0, "", "running"},
           {phase::ended, crashed, "signal2 7/3", "stopping"},
       }) {
    begin_with(record_of(restart_policy::always, process_state::running, 3),
               test::alice, true, live(3));
    reconcile_with(r.how_far, 3, r.status);
    BOOST_TEST(keeper.take_orders() == r.orders);
    BOOST_TEST(state() == r.becomes);
    crash(process);
    keeper.processes.clear();
  }
}

BOOST_AUTO_TEST_CASE(an_end_that_was_missed_is_followed) {
  begin_with(record_of(restart_policy::always, process_state::running, 3),
             test::alice, true, live(3));
  reconcile_with(phase::empty, 3, crashed);
  keeper.processes.clear();
  BOOST_TEST(keeper.take_orders().starts_with("acknowledge 7/3, spawn 7/4"));
  BOOST_TEST(seen().record.last_exit->value == 1);
}

BOOST_AUTO_TEST_CASE(what_waits_at_its_gate_for_nobody_is_dropped) {
  begin_with(record_of(restart_policy::no, process_state::starting, 3),
             test::alice, true, live(3));
  reconcile_with(phase::gated, 3);
  BOOST_TEST(keeper.take_orders() == "kill 7/3");
  BOOST_TEST(state() == "failed");
}

BOOST_AUTO_TEST_CASE(an_end_of_long_ago_is_acknowledged_and_the_rest_goes_on) {
  begin_with(record_of(restart_policy::always, process_state::starting, 3),
             test::alice, true, live(2));
  have(operation_kind::stop);
  reconcile_with(phase::empty, 2);
  BOOST_TEST(keeper.take_orders().starts_with("acknowledge 7/2"));
  BOOST_TEST(outcomes() == "1: ok");
}

BOOST_AUTO_TEST_CASE(a_reboot_restarts_what_has_a_policy) {
  begin_with(record_of(restart_policy::always, process_state::running, 3),
             test::alice, true);
  reconcile_with(std::nullopt);
  BOOST_TEST(keeper.take_orders().starts_with("spawn 7/4"));
  BOOST_TEST(state() == "running");
}

BOOST_AUTO_TEST_CASE(a_reboot_ends_what_has_none) {
  begin_with(record_of(restart_policy::no, process_state::running, 3),
             test::alice, true);
  reconcile_with(std::nullopt);
  BOOST_TEST(keeper.take_orders() == "");
  BOOST_TEST(state() == "exited");
  BOOST_TEST(seen().record.reason == "ended by a reboot of the host");
}

BOOST_AUTO_TEST_CASE(a_keeper_that_died_is_no_reboot) {
  begin_with(record_of(restart_policy::no, process_state::running, 3),
             test::alice, true, live(3));
  reconcile_with(std::nullopt);
  BOOST_TEST(state() == "exited");
  BOOST_TEST(seen().record.reason == "");
}

BOOST_AUTO_TEST_CASE(a_restart_without_a_record_is_known_by_its_live_one) {
  begin_with(record_of(restart_policy::always, process_state::backoff, 3),
             test::alice, true, live(8));
  reconcile_with(std::nullopt);
  BOOST_TEST(keeper.take_orders().starts_with("spawn 7/9"));
}

BOOST_AUTO_TEST_CASE(a_lost_keeper_has_everything_restarted) {
  come_up(restart_policy::always);
  keeper.processes.clear();
  reconcile_with(std::nullopt);
  BOOST_TEST(keeper.take_orders() == "spawn 7/2, release 7/2");
  BOOST_TEST(state() == "running");
}

BOOST_AUTO_TEST_CASE(an_end_for_want_of_memory_is_seen_in_its_cgroup) {
  const test::temp_dir place;
  const auto leaf = place / ("1000/" + std::to_string(id));
  std::filesystem::create_directories(leaf);
  keeper.leaves = std::make_shared<const std::string>(place.path());
  const auto memory_is = [&](const char* events, const char* max) {
    std::ofstream{leaf + "/memory.events"} << events;
    std::ofstream{leaf + "/memory.max"} << max;
  };
  come_up(restart_policy::always);
  memory_is("oom 0\noom_kill 0\n", "67108864\n");
  end(SIGKILL);
  BOOST_TEST(!seen().record.last_exit->out_of_memory);
  memory_is("oom 1\noom_kill 1\n", "67108864\n");
  end(SIGKILL);
  BOOST_TEST(seen().record.last_exit->out_of_memory);
  BOOST_TEST(seen().record.last_exit->memory_max.value_or(0) == 64u << 20);
  // Found by a daemon that was not there when it ended.
  begin_with(record_of(restart_policy::no), test::alice, true, live(3));
  auto found = reconcile{};
  found.slot.emplace();
  found.slot->id = id;
  found.slot->uid = 1000;
  found.slot->run = 3;
  found.slot->how_far = phase::empty;
  found.slot->status = SIGKILL;
  found.leaves = keeper.leaves;
  tell(process, std::move(found));
  BOOST_TEST(seen().record.last_exit->out_of_memory);
}

BOOST_AUTO_TEST_SUITE_END()
