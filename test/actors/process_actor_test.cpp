#include "actors/os/boot_id.hpp"
#include "actors/process_actor.hpp"
#include "test/support/actor_fixture.hpp"
#include "test/support/fake_keeper.hpp"
#include "test/support/fake_store.hpp"
#include "test/support/people.hpp"
#include "test/support/records.hpp"
#include "test/support/temp_dir.hpp"

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>

using namespace hiisi;
using namespace hiisi::actors;
using namespace std::chrono_literals;
using keeper_wire::phase;
using protocol::process_state;
using protocol::restart_policy;
using test::record_of;

namespace {

constexpr uint32_t id = 7;

struct fixture : test::actor_fixture {
  test::fake_actor supervisor = make_fake();
  test::fake_keeper keeper{*this};
  test::fake_store store{*this};
  caf::actor process;
  uint64_t last_operation = 0;

  void begin(restart_policy policy, identity_ptr owner = test::alice) {
    begin_with(record_of(policy), std::move(owner));
  }
  void begin_with(core::process_record record, identity_ptr owner = test::alice,
                  bool recovered = false,
                  std::optional<core::live_record> live = std::nullopt) {
    process = keep(spawn_process_actor(
        *self(), {supervisor, keeper, store},
        {std::move(record), {}, std::move(owner), recovered, std::move(live)}));
    run();
  }

  uint64_t ask(operation_kind kind) {
    send(process, operate{++last_operation, kind, nullptr});
    return last_operation;
  }
  uint64_t have(operation_kind kind) {
    const auto operation = ask(kind);
    run();
    return operation;
  }
  /// What became of the operations that have ended, in order.
  std::string outcomes() const {
    std::string out;
    for (const auto& d : supervisor.all<operation_done>()) {
      BOOST_TEST(d.id == id);
      out += (out.empty() ? "" : ", ") + std::to_string(d.operation) + ": "
             + (d.outcome.ok() ? "ok" : d.outcome.failure().message);
    }
    return out;
  }
  process_view seen() const { return *supervisor.last<process_changed>().view; }
  std::string state() const {
    return std::string{to_string(seen().record.state)};
  }
  void come_up(restart_policy policy) {
    begin(policy);
    have(operation_kind::start);
    BOOST_TEST_REQUIRE(state() == "running");
    keeper.take_orders();
  }
  void end(int status, std::chrono::milliseconds uptime = 1s,
           bool tree_empty = true) {
    keeper.end(id, status, uptime, tree_empty);
    run();
  }
  /// What the keeper holds, as it says after a connection.
  void reconcile_with(std::optional<phase> how_far, uint32_t run_number = 0,
                      int status = 0) {
    reconcile m;
    if (how_far) {
      m.slot.emplace();
      m.slot->what = keeper_wire::kind::slot;
      m.slot->id = id;
      m.slot->run = run_number;
      m.slot->pid = 77;
      m.slot->how_far = *how_far;
      m.slot->status = status;
      m.slot->started_at = static_cast<uint64_t>(os::boottime().count());
      m.slot->ended_at = m.slot->started_at;
      keeper.processes[id] = {run_number, m.slot->started_at};
    }
    tell(process, std::move(m));
  }
  core::live_record live(uint32_t run_number) const {
    return {id, run_number, 1000, 77, 0, 0, {}, os::this_boot()};
  }
};

constexpr int crashed = 1 << 8;

} // namespace

BOOST_FIXTURE_TEST_SUITE(process_actor, fixture)

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

// -- the ladder ---------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_whole_ladder_takes_ten_seconds) {
  come_up(restart_policy::always);
  have(operation_kind::stop);
  BOOST_TEST(keeper.take_orders() == "signal2 7/1");
  advance(4900ms);
  BOOST_TEST(keeper.take_orders() == "");
  advance(100ms);
  BOOST_TEST(keeper.take_orders() == "signal15 7/1");
  advance(4900ms);
  BOOST_TEST(keeper.take_orders() == "");
  BOOST_TEST(state() == "stopping");
  advance(100ms);
  BOOST_TEST(keeper.take_orders() == "kill 7/1, acknowledge 7/1");
  BOOST_TEST(outcomes() == "1: ok, 2: ok");
  BOOST_TEST(state() == "stopped");
  BOOST_TEST(!store.last_record().wanted);
}

BOOST_AUTO_TEST_CASE(what_obeys_the_first_signal_gets_no_other) {
  come_up(restart_policy::always);
  keeper.obeys_signals = true;
  have(operation_kind::stop);
  BOOST_TEST(keeper.take_orders() == "signal2 7/1, acknowledge 7/1");
  BOOST_TEST(outcomes() == "1: ok, 2: ok");
  advance(60s, 1s);
  BOOST_TEST(keeper.take_orders() == "");
}

BOOST_AUTO_TEST_CASE(what_not_even_a_kill_ends_is_reported_and_killed_again) {
  come_up(restart_policy::no);
  keeper.ignores_kill = true;
  have(operation_kind::stop);
  advance(14'900ms);
  BOOST_TEST(outcomes() == "1: ok");
  advance(100ms);
  BOOST_TEST(outcomes() == "1: ok, 2: still not gone after SIGKILL");
  BOOST_TEST(keeper.take_orders()
             == "signal2 7/1, signal15 7/1, kill 7/1, kill 7/1");
  advance(10s);
  BOOST_TEST(keeper.take_orders() == "kill 7/1");
  end(9);
  BOOST_TEST(state() == "stopped");
}

// -- restarts -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_first_restart_comes_at_once_and_the_next_wait) {
  come_up(restart_policy::always);
  end(crashed);
  BOOST_TEST(keeper.take_orders() == "acknowledge 7/1, spawn 7/2, release 7/2");
  BOOST_TEST(state() == "running");
  end(crashed);
  BOOST_TEST(state() == "backoff");
  advance(800ms);
  BOOST_TEST(keeper.take_orders() == "acknowledge 7/2");
  advance(400ms);
  BOOST_TEST(keeper.take_orders() == "spawn 7/3, release 7/3");
  end(crashed);
  advance(1700ms);
  BOOST_TEST(keeper.take_orders() == "acknowledge 7/3");
  advance(600ms);
  BOOST_TEST(keeper.take_orders() == "spawn 7/4, release 7/4");
  BOOST_TEST(seen().record.restarts == 3u);
}

BOOST_AUTO_TEST_CASE(ten_quick_crashes_are_given_up) {
  come_up(restart_policy::on_failure);
  for (int i = 0; i < 9; ++i) {
    end(crashed);
    advance(67s, 500ms);
    BOOST_TEST_REQUIRE(state() == "running");
  }
  end(crashed);
  BOOST_TEST(state() == "failed");
  keeper.take_orders();
  advance(120s, 1s);
  BOOST_TEST(keeper.take_orders() == "");
  BOOST_TEST(seen().record.reason
             == "ended 10 times in a row, each within 30 s of its start");
  have(operation_kind::start);
  BOOST_TEST(state() == "running");
  BOOST_TEST(seen().record.restarts == 0u);
}

BOOST_AUTO_TEST_CASE(a_plain_run_is_not_restarted) {
  come_up(restart_policy::no);
  end(crashed);
  BOOST_TEST(state() == "exited");
  BOOST_TEST(seen().record.last_exit->value == 1);
  BOOST_TEST((store.last_record().state == process_state::exited));
  advance(60s, 1s);
  BOOST_TEST(keeper.take_orders() == "acknowledge 7/1");
}

BOOST_AUTO_TEST_CASE(a_stop_during_backoff_is_for_good) {
  come_up(restart_policy::always);
  end(crashed);
  end(crashed);
  BOOST_TEST(state() == "backoff");
  keeper.take_orders();
  have(operation_kind::stop);
  BOOST_TEST(outcomes() == "1: ok, 2: ok");
  advance(60s, 1s);
  BOOST_TEST(keeper.take_orders() == "");
  BOOST_TEST(state() == "stopped");
}

BOOST_AUTO_TEST_CASE(a_stop_during_a_restart_drops_the_child_at_its_gate) {
  come_up(restart_policy::always);
  store.holding = true;
  end(crashed);
  store.answer_all();
  run();
  BOOST_TEST(keeper.take_orders() == "acknowledge 7/1, spawn 7/2");
  have(operation_kind::stop);
  BOOST_TEST(keeper.take_orders() == "kill 7/2");
  store.holding = false;
  store.answer_all();
  run();
  BOOST_TEST(keeper.take_orders() == "");
  BOOST_TEST(outcomes() == "1: ok, 2: ok");
  BOOST_TEST(state() == "stopped");
}

BOOST_AUTO_TEST_CASE(a_stop_after_the_gate_has_opened_climbs_the_ladder) {
  come_up(restart_policy::always);
  keeper.slow = true;
  end(crashed);
  BOOST_TEST(keeper.take_orders() == "acknowledge 7/1, spawn 7/2, release 7/2");
  have(operation_kind::stop);
  BOOST_TEST(keeper.take_orders() == "");
  keeper.say(id, child_news::started, 2);
  run();
  BOOST_TEST(keeper.take_orders() == "signal2 7/2");
  end(2);
  BOOST_TEST(outcomes() == "1: ok, 2: ok");
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

BOOST_AUTO_TEST_CASE(what_a_crash_left_behind_is_cleared_away_first) {
  come_up(restart_policy::always);
  end(crashed, 1s, false);
  BOOST_TEST(keeper.take_orders() == "signal2 7/1");
  keeper_wire::message m;
  m.status = crashed;
  m.how_far = phase::empty;
  keeper.processes.erase(id);
  keeper.say(id, child_news::emptied, 1, m);
  run();
  BOOST_TEST(keeper.take_orders() == "acknowledge 7/1, spawn 7/2, release 7/2");
}

BOOST_AUTO_TEST_CASE(what_daemonises_itself_runs_on) {
  come_up(restart_policy::on_failure);
  end(0, 1s, false);
  BOOST_TEST(state() == "running");
  BOOST_TEST(seen().child.pid == 0);
  advance(60s, 1s);
  BOOST_TEST(keeper.take_orders() == "");
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
  // The record of what is wanted, and that of the end.
  for (int saves = 0; saves < 2; ++saves) {
    store.answer_all();
    run();
  }
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

BOOST_AUTO_TEST_SUITE_END()
