#include "test/support/process_fixture.hpp"

#include <cerrno>

using namespace hiisi;
using namespace hiisi::actors;
using namespace std::chrono_literals;
using protocol::process_state;
using protocol::restart_policy;
using test::crashed;
using test::record_of;

BOOST_FIXTURE_TEST_SUITE(process_actor, test::process_fixture)

// -- start --------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(what_came_of_an_operation_is_seen_before_it_is_answered) {
  std::vector<std::string> states;
  supervisor.react([&](const caf::message& m) {
    if (m.match_elements<operation_done>())
      states.push_back(state());
  });
  begin(restart_policy::no);
  keeper.obeys_signals = true;
  have(operation_kind::start);
  have(operation_kind::stop);
  BOOST_TEST(states == (std::vector<std::string>{"running", "stopped"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_start_ends_with_a_running_process) {
  begin(restart_policy::no);
  have(operation_kind::start);
  BOOST_TEST(keeper.take_orders() == "spawn 7/1, release 7/1");
  BOOST_TEST(outcomes() == "1: ok");
  BOOST_TEST(state() == "running");
  BOOST_TEST(seen().child.pid == 1007);
  BOOST_TEST((store.last_record().state == process_state::starting));
  const auto spawned = keeper.actor().only<spawn_child>();
  BOOST_TEST(spawned.launch->uid == 1000u);
  BOOST_TEST((spawned.launch->argv == std::vector<std::string>{"./web"}));
  const auto stored = store.actor().only<store_live>().record;
  BOOST_TEST(stored.pid == 1007);
  BOOST_TEST(stored.run == 1u);
  BOOST_TEST(stored.boot_id == os::this_boot());
}

BOOST_AUTO_TEST_CASE(where_a_live_record_takes_no_disk_it_is_written_at_once) {
  std::vector<core::live_record> written;
  process = keep(spawn_process_actor(
      *self(),
      {supervisor, keeper, store, nullptr, nullptr,
       [this, &written](const core::live_record& record) {
         // The gate must be closed still.
         BOOST_TEST(keeper.take_orders() == "spawn 7/1");
         written.push_back(record);
       }},
      {record_of(restart_policy::no), {}, test::alice, false, std::nullopt}));
  run();
  have(operation_kind::start);
  BOOST_TEST(keeper.take_orders() == "release 7/1");
  BOOST_TEST(outcomes() == "1: ok");
  BOOST_TEST_REQUIRE(written.size() == 1u);
  BOOST_TEST(written[0].pid == 1007);
  BOOST_TEST(store.actor().count<store_live>() == 0u);
}

BOOST_AUTO_TEST_CASE(what_has_not_changed_is_not_told_again) {
  come_up(restart_policy::no);
  const auto told = supervisor.count<process_changed>();
  have(operation_kind::start);
  BOOST_TEST(outcomes() == "1: ok, 2: ok");
  BOOST_TEST(supervisor.count<process_changed>() == told);
  end(0);
  BOOST_TEST(supervisor.count<process_changed>() > told);
}

BOOST_AUTO_TEST_CASE(nothing_runs_before_it_is_on_record) {
  store.holding = true;
  begin(restart_policy::no);
  have(operation_kind::start);
  BOOST_TEST(keeper.take_orders() == "spawn 7/1");
  BOOST_TEST(outcomes() == "");
  store.answer_all();
  run();
  BOOST_TEST(keeper.take_orders() == "release 7/1");
  BOOST_TEST(outcomes() == "1: ok");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_recorded_is_not_run) {
  store.failure
      = protocol::make_error(protocol::errc::storage_failed, "disk full");
  begin(restart_policy::always);
  have(operation_kind::start);
  BOOST_TEST(keeper.take_orders() == "spawn 7/1, kill 7/1");
  BOOST_TEST(outcomes() == "1: disk full");
  BOOST_TEST(state() == "failed");
}

BOOST_AUTO_TEST_CASE(a_failed_start_is_put_into_words) {
  keeper.execve_error = ENOENT;
  begin(restart_policy::always);
  have(operation_kind::start);
  BOOST_TEST(outcomes()
             == "1: could not start: ./web: No such file or directory");
  BOOST_TEST(state() == "failed");
  advance(60s, 1s);
  BOOST_TEST(keeper.take_orders() == "spawn 7/1, release 7/1");
}

BOOST_AUTO_TEST_CASE(a_refusal_of_the_keepers_fails_the_start) {
  begin(restart_policy::no);
  keeper.processes[id] = {9, 0};
  have(operation_kind::start);
  BOOST_TEST(outcomes()
             == "1: could not start: the keeper refused: Device or resource "
                "busy");
}

BOOST_AUTO_TEST_CASE(without_a_keeper_a_start_fails) {
  keeper.impossible = "no keeper just now";
  begin(restart_policy::no);
  have(operation_kind::start);
  BOOST_TEST(outcomes() == "1: no keeper just now");
}

// -- operations ---------------------------------------------------------------

BOOST_AUTO_TEST_CASE(operations_are_done_one_after_the_other) {
  begin(restart_policy::no);
  keeper.obeys_signals = true;
  ask(operation_kind::start);
  ask(operation_kind::stop);
  ask(operation_kind::start);
  ask(operation_kind::start);
  ask(operation_kind::restart);
  ask(operation_kind::stop);
  run();
  BOOST_TEST(outcomes() == "1: ok, 2: ok, 3: ok, 4: ok, 5: ok, 6: ok");
  BOOST_TEST(keeper.take_orders()
             == "spawn 7/1, release 7/1, signal2 7/1, acknowledge 7/1, "
                "spawn 7/2, release 7/2, signal2 7/2, acknowledge 7/2, "
                "spawn 7/3, release 7/3, signal2 7/3, acknowledge 7/3");
}

BOOST_AUTO_TEST_CASE(a_restart_climbs_the_ladder_and_then_starts) {
  come_up(restart_policy::no);
  have(operation_kind::restart);
  advance(5s);
  BOOST_TEST(keeper.take_orders() == "signal2 7/1, signal15 7/1");
  end(15);
  BOOST_TEST(keeper.take_orders() == "acknowledge 7/1, spawn 7/2, release 7/2");
  BOOST_TEST(outcomes() == "1: ok, 2: ok");
  BOOST_TEST(seen().record.wanted);
}

BOOST_AUTO_TEST_CASE(a_restart_of_what_has_ended_just_starts) {
  come_up(restart_policy::no);
  end(0);
  keeper.take_orders();
  have(operation_kind::restart);
  BOOST_TEST(keeper.take_orders() == "spawn 7/2, release 7/2");
}

BOOST_AUTO_TEST_CASE(a_removal_stops_forgets_and_ends) {
  come_up(restart_policy::always);
  keeper.obeys_signals = true;
  have(operation_kind::remove);
  BOOST_TEST(outcomes() == "1: ok, 2: ok");
  BOOST_TEST(store.actor().count<remove_record>() == 1u);
  BOOST_TEST(keeper.watchers.empty());
  // It has ended: nobody does the next one.
  have(operation_kind::start);
  BOOST_TEST(outcomes() == "1: ok, 2: ok");
}

BOOST_AUTO_TEST_CASE(what_was_asked_after_a_removal_revives_nothing) {
  come_up(restart_policy::no);
  keeper.obeys_signals = true;
  ask(operation_kind::remove);
  ask(operation_kind::start);
  ask(operation_kind::restart);
  store.actor().forget();
  run();
  BOOST_TEST(keeper.take_orders() == "signal2 7/1, acknowledge 7/1");
  const auto saved = store.actor().all<store_record>();
  BOOST_TEST((saved.back().record->state == process_state::stopped));
}

BOOST_AUTO_TEST_CASE(a_removal_that_fails_leaves_a_stopped_process) {
  come_up(restart_policy::no);
  keeper.obeys_signals = true;
  store.failure
      = protocol::make_error(protocol::errc::storage_failed, "read-only");
  have(operation_kind::remove);
  BOOST_TEST(outcomes() == "1: ok, 2: read-only");
  BOOST_TEST(state() == "stopped");
  store.failure.reset();
  have(operation_kind::start);
  BOOST_TEST(outcomes() == "1: ok, 2: read-only, 3: ok");
}

BOOST_AUTO_TEST_CASE(a_removal_needs_no_record_of_the_end) {
  come_up(restart_policy::no);
  keeper.obeys_signals = true;
  store.holding = true;
  store.failure
      = protocol::make_error(protocol::errc::storage_failed, "disk full");
  have(operation_kind::remove);
  // The record of the end.
  store.answer_all();
  run();
  BOOST_TEST(store.actor().count<remove_record>() == 1u);
  store.failure.reset();
  store.answer_all();
  run();
  BOOST_TEST(outcomes() == "1: ok, 2: ok");
}

BOOST_AUTO_TEST_CASE(other_settings_count_from_now_on) {
  come_up(restart_policy::no);
  core::process_settings settings;
  settings.stop.signal = 1;
  settings.stop.timeout = 1s;
  tell(process, reconfigure{settings, 100});
  have(operation_kind::stop);
  advance(1s);
  BOOST_TEST(keeper.take_orders() == "signal1 7/1, signal15 7/1");
}

BOOST_AUTO_TEST_CASE(a_process_ends_with_its_supervisor) {
  come_up(restart_policy::always);
  end(crashed);
  end(crashed);
  keeper.take_orders();
  crash(supervisor);
  advance(60s, 1s);
  BOOST_TEST(keeper.take_orders() == "");
}

BOOST_AUTO_TEST_SUITE_END()
