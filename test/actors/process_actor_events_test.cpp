#include "actors/process_actor.hpp"
#include "test/support/actor_fixture.hpp"
#include "test/support/fake_keeper.hpp"
#include "test/support/fake_store.hpp"
#include "test/support/people.hpp"
#include "test/support/records.hpp"

using namespace hiisi;
using namespace hiisi::actors;
using namespace std::chrono_literals;
using protocol::event_cause;
using protocol::event_kind;
using protocol::restart_policy;

namespace {

constexpr uint32_t id = 7;

struct fixture : test::actor_fixture {
  test::fake_actor supervisor = make_fake();
  test::fake_actor events = make_fake();
  test::fake_keeper keeper{*this};
  test::fake_store store{*this};
  caf::actor process;
  uint64_t last_operation = 0;

  void begin(restart_policy policy, bool recovered = false) {
    auto record = test::record_of(policy,
                                  recovered ? protocol::process_state::starting
                                            : protocol::process_state::stopped,
                                  recovered ? 3 : 0);
    process = keep(spawn_process_actor(
        *self(), {supervisor, keeper, store, events},
        {std::move(record), {}, test::alice, recovered, {}, 0}));
    run();
  }

  void have(operation_kind kind, identity_ptr who = test::alice) {
    tell(process, operate{++last_operation, kind,
                          who ? std::make_shared<const requester>(
                              requester{who->uid, who->name, 4242})
                              : nullptr});
  }

  /// What was told since the last look, with who caused it.
  std::string told() {
    std::string out;
    for (const auto& h : events.all<happened>()) {
      out += (out.empty() ? "" : ", ") + std::string{to_string(h.what.what)}
             + " by "
             + (h.what.by.who == event_cause::kind::user
                    ? h.what.by.user
                    : std::string{to_string(h.what.by.who)});
      BOOST_TEST(h.what.id == id);
      BOOST_TEST((h.what.uid == 1000u));
    }
    events.forget();
    return out;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(process_actor_events, fixture)

BOOST_AUTO_TEST_CASE(a_life_is_told_with_who_caused_what) {
  begin(restart_policy::always);
  have(operation_kind::start);
  BOOST_TEST(told() == "start by alice");
  keeper.end(id, 1 << 8);
  run();
  BOOST_TEST(told() == "exit by process, restart by policy");
  keeper.obeys_signals = true;
  have(operation_kind::restart, test::root);
  BOOST_TEST(told() == "stop by root, exit by root, start by root");
  have(operation_kind::stop, test::admin);
  BOOST_TEST(told() == "stop by admin, exit by admin");
  have(operation_kind::remove);
  BOOST_TEST(told() == "remove by alice");
}

BOOST_AUTO_TEST_CASE(what_the_daemon_forgets_by_itself_is_no_event) {
  begin(restart_policy::no);
  have(operation_kind::start);
  keeper.end(id, 0);
  run();
  told();
  have(operation_kind::remove, nullptr);
  BOOST_TEST(told() == "");
}

BOOST_AUTO_TEST_CASE(an_end_says_what_the_process_used) {
  begin(restart_policy::no);
  have(operation_kind::start);
  keeper_wire::message m;
  m.status = 7 << 8;
  m.started_at = 1;
  m.ended_at = 2;
  m.user_us = 1'000'000;
  m.system_us = 20;
  m.max_rss_kib = 64 * 1024;
  m.how_far = keeper_wire::phase::empty;
  keeper.say(id, child_news::exited, 1, m);
  run();
  const auto e = events.last<happened>().what;
  BOOST_TEST((e.what == event_kind::exit));
  BOOST_TEST_REQUIRE(e.used.has_value());
  BOOST_TEST((e.used->user == 1s));
  BOOST_TEST((e.used->system == 20us));
  BOOST_TEST(e.used->max_rss == uint64_t{64} * 1024 * 1024);
}

BOOST_AUTO_TEST_CASE(an_event_is_told_before_its_answer) {
  begin(restart_policy::no);
  // The order of all that is sent, by whom it reached.
  std::string order;
  events.react([&](const caf::message& m) {
    if (m.match_elements<happened>())
      order += "event ";
  });
  supervisor.react([&](const caf::message& m) {
    if (m.match_elements<operation_done>())
      order += "answer ";
  });
  have(operation_kind::start);
  BOOST_TEST(order == "event answer ");
}

BOOST_AUTO_TEST_CASE(a_takeover_is_told_and_is_no_start) {
  begin(restart_policy::always, true);
  keeper_wire::message slot;
  slot.what = keeper_wire::kind::slot;
  slot.id = id;
  slot.run = 3;
  slot.how_far = keeper_wire::phase::running;
  tell(process, reconcile{slot, id});
  BOOST_TEST(told() == "recovery by daemon");
}

BOOST_AUTO_TEST_SUITE_END()
