#pragma once

#include "actors/os/boot_id.hpp"
#include "actors/os/clock.hpp"
#include "actors/process_actor.hpp"
#include "test/support/actor_fixture.hpp"
#include "test/support/fake_keeper.hpp"
#include "test/support/fake_store.hpp"
#include "test/support/people.hpp"
#include "test/support/records.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace hiisi::test {

/// The process_actor of process 7, alice's, among fakes.
struct process_fixture : actor_fixture {
  static constexpr uint32_t id = 7;

  fake_actor supervisor = make_fake();
  fake_keeper keeper{*this};
  fake_store store{*this};
  caf::actor process;
  uint64_t last_operation = 0;

  void begin(protocol::restart_policy policy,
             actors::identity_ptr owner = alice) {
    begin_with(record_of(policy), std::move(owner));
  }
  void begin_with(core::process_record record,
                  actors::identity_ptr owner = alice, bool recovered = false,
                  std::optional<core::live_record> live = std::nullopt) {
    process = keep(actors::spawn_process_actor(
        *self(), {supervisor, keeper, store},
        {std::move(record), {}, std::move(owner), recovered, std::move(live)}));
    run();
  }

  uint64_t ask(actors::operation_kind kind) {
    send(process, actors::operate{++last_operation, kind, nullptr});
    return last_operation;
  }
  uint64_t have(actors::operation_kind kind) {
    const auto operation = ask(kind);
    run();
    return operation;
  }
  /// What became of the operations that have ended, in order.
  std::string outcomes() const {
    std::string out;
    for (const auto& d : supervisor.all<actors::operation_done>()) {
      BOOST_TEST(d.id == id);
      out += (out.empty() ? "" : ", ") + std::to_string(d.operation) + ": "
             + (d.outcome.ok() ? "ok" : d.outcome.failure().message);
    }
    return out;
  }
  actors::process_view seen() const {
    return *supervisor.last<actors::process_changed>().view;
  }
  std::string state() const {
    return std::string{to_string(seen().record.state)};
  }
  void come_up(protocol::restart_policy policy) {
    begin(policy);
    have(actors::operation_kind::start);
    BOOST_TEST_REQUIRE(state() == "running");
    keeper.take_orders();
  }
  void end(int status, std::chrono::milliseconds uptime = 1s,
           bool tree_empty = true) {
    keeper.end(id, status, uptime, tree_empty);
    run();
  }
  /// What the keeper holds, as it says after a connection.
  void reconcile_with(std::optional<keeper_wire::phase> how_far,
                      uint32_t run_number = 0, int status = 0) {
    actors::reconcile m;
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

} // namespace hiisi::test
