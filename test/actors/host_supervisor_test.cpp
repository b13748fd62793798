#include "actors/host_supervisor.hpp"
#include "test/support/asking_fixture.hpp"
#include "test/support/fake_keeper.hpp"
#include "test/support/fake_store.hpp"
#include "test/support/people.hpp"

#include <caf/send.hpp>

#include <cerrno>
#include <map>

using namespace hiisi;
using namespace hiisi::actors;
using namespace std::chrono_literals;
using protocol::errc;
using test::alice;
using test::bob;

namespace {

core::process_record record_of(uint32_t id, identity_ptr owner) {
  auto spec = std::make_shared<core::process_spec>();
  spec->id = id;
  spec->name = "web" + std::to_string(id);
  spec->uid = owner->uid;
  spec->user = owner->name;
  spec->argv = {"./web"};
  spec->cwd = "/";
  core::process_record record;
  record.spec = std::move(spec);
  record.state = protocol::process_state::exited;
  return record;
}

struct fixture : test::asking_fixture {
  test::fake_actor directory = make_fake();
  test::fake_keeper keeper{*this};
  test::fake_store store{*this};
  caf::actor host
      = keep(spawn_host_supervisor(system(), {keeper, store, directory}, {}));

  uint64_t ask(protocol::command what, identity_ptr who = alice) {
    tell(host, submit(session, ++sequence, std::move(who), std::move(what)));
    return sequence;
  }
  uint32_t start(identity_ptr who = alice, std::string program = "./web") {
    protocol::run_request r;
    r.argv = {std::move(program)};
    r.cwd = "/";
    ask(r, std::move(who));
    return answer_as<protocol::process_started>().id;
  }
  std::string all_ids(identity_ptr who) {
    ask(protocol::status_request{std::nullopt, true}, std::move(who));
    std::string out;
    for (const auto& e : answer_as<protocol::status_list>().entries)
      out += (out.empty() ? "" : " ") + std::to_string(e.id);
    return out;
  }
};

/// The user_supervisors are known from their asking for their owners.
struct with_supervisors : fixture {
  with_supervisors() {
    tell(host, recover{{record_of(3, alice), record_of(5, bob)}, {}, 9});
    for (const auto& asked : directory.all<identify>())
      (asked.uid == alice->uid ? alices : bobs) = asked.asker;
    BOOST_TEST_REQUIRE(static_cast<bool>(alices));
    BOOST_TEST_REQUIRE(static_cast<bool>(bobs));
    for (auto& [id, watcher] : std::map{keeper.watchers})
      tell(watcher, reconcile{});
  }
  caf::actor alices;
  caf::actor bobs;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(host_supervisor, fixture)

BOOST_AUTO_TEST_CASE(ids_count_up_over_all_users) {
  BOOST_TEST(start(alice) == 1u);
  BOOST_TEST(start(bob) == 2u);
  BOOST_TEST(start(alice) == 3u);
}

BOOST_AUTO_TEST_CASE(an_id_is_never_given_again) {
  keeper.obeys_signals = true;
  BOOST_TEST(start() == 1u);
  ask(protocol::remove_request{1u});
  answer_as<protocol::process_removed>();
  keeper.execve_error = ENOENT;
  protocol::run_request r;
  r.argv = {"x"};
  ask(r);
  answer_as<protocol::error>();
  keeper.execve_error = 0;
  BOOST_TEST(start() == 3u);
  ask(protocol::stop_request{1u});
  BOOST_TEST((answer_as<protocol::error>().code == errc::not_found));
}

BOOST_AUTO_TEST_CASE(ids_go_on_where_the_last_daemon_left_off) {
  tell(host, recover{{record_of(7, alice)}, {}, 5});
  BOOST_TEST(start() == 8u);
}

BOOST_AUTO_TEST_CASE(ids_of_removed_processes_stay_used_after_a_restart) {
  tell(host, recover{{record_of(7, alice)}, {}, 50});
  BOOST_TEST(start() == 50u);
}

BOOST_AUTO_TEST_CASE(an_id_leads_to_its_owner_whoever_asks) {
  start(alice);
  ask(protocol::stop_request{1u}, bob);
  const auto refused = answer_as<protocol::error>();
  BOOST_TEST((refused.code == errc::not_permitted));
  BOOST_TEST(refused.message == "process 1 belongs to alice");
}

BOOST_AUTO_TEST_CASE(a_name_is_the_askers_own) {
  start(alice);
  start(bob);
  ask(protocol::status_request{"web", false}, bob);
  BOOST_TEST(answer_as<protocol::status_list>().entries.at(0).id == 2u);
  ask(protocol::stop_request{"web"}, test::root);
  BOOST_TEST((answer_as<protocol::error>().code == errc::not_found));
}

BOOST_AUTO_TEST_CASE(an_unknown_id_is_not_found) {
  for (const protocol::command& what : std::initializer_list<protocol::command>{
           protocol::stop_request{9u}, protocol::start_request{9u},
           protocol::restart_request{9u}, protocol::remove_request{9u},
           protocol::status_request{9u, false}, protocol::logs_request{9u}}) {
    ask(what);
    BOOST_TEST((answer_as<protocol::error>().code == errc::not_found));
    BOOST_TEST(answer_as<protocol::error>().message == "no process 9");
  }
}

BOOST_AUTO_TEST_CASE(ones_own_list_is_ones_own) {
  BOOST_TEST((ask(protocol::status_request{}),
              answer_as<protocol::status_list>().entries.empty()));
  start(alice);
  start(bob);
  ask(protocol::status_request{});
  const auto list = answer_as<protocol::status_list>().entries;
  BOOST_TEST_REQUIRE(list.size() == 1u);
  BOOST_TEST(list[0].user == "alice");
}

BOOST_AUTO_TEST_CASE(unused_ports_are_marked_whenever_a_user_comes) {
  auto registry = make_fake();
  host = keep(spawn_host_supervisor(
      system(), {keeper, store, directory, nullptr, registry}, {}));
  run();
  BOOST_TEST_REQUIRE(registry.count<follow_unused_ports>() == 1u);
  const auto ported = [](uint32_t id, identity_ptr owner) {
    auto record = record_of(id, owner);
    auto spec = std::make_shared<core::process_spec>(*record.spec);
    spec->ports = {{8080, "web"}, {8081}};
    record.spec = std::move(spec);
    return record;
  };
  const auto marked = [&](const identity_ptr& who) {
    ask(protocol::status_request{}, who);
    const auto list = answer_as<protocol::status_list>().entries;
    BOOST_TEST_REQUIRE(list.size() == 1u);
    BOOST_TEST(!list[0].ports[0].unused_since.has_value());
    return list[0].ports[1].unused_since.has_value();
  };
  tell(host, recover{{ported(3, alice)}, {}, 9});
  advance(2s);
  BOOST_TEST(!marked(alice));
  tell(host, ports_unused{std::make_shared<const core::unused_ports>(
                 core::unused_ports{{8081, {}}, {9000, {}}})});
  BOOST_TEST(marked(alice));
  tell(host, recover{{ported(5, bob)}, {}, 9});
  advance(2s);
  BOOST_TEST(marked(bob));
  tell(host, ports_unused{std::make_shared<const core::unused_ports>()});
  BOOST_TEST(!marked(bob));
}

BOOST_AUTO_TEST_CASE(everybodys_list_comes_by_id_with_what_each_may_see) {
  BOOST_TEST(all_ids(alice) == "");
  start(bob);
  start(alice);
  start(bob);
  BOOST_TEST(all_ids(alice) == "1 2 3");
  const auto list = answer_as<protocol::status_list>().entries;
  BOOST_TEST(!list[0].full);
  BOOST_TEST(list[1].full);
  BOOST_TEST(all_ids(test::root) == "1 2 3");
  BOOST_TEST(answer_as<protocol::status_list>().entries[0].full);
}

BOOST_AUTO_TEST_CASE(a_ping_is_returned) {
  send(host, ping{});
  run();
  bool answered = false;
  self()->receive([&](ping) { answered = true; });
  BOOST_TEST(answered);
}

BOOST_FIXTURE_TEST_CASE(records_go_to_their_owners, with_supervisors) {
  BOOST_TEST(all_ids(alice) == "3 5");
  BOOST_TEST((alices != bobs));
  BOOST_TEST(start() == 9u);
}

BOOST_FIXTURE_TEST_CASE(a_list_goes_out_without_whoever_fails,
                        with_supervisors) {
  // The supervisor dies before it is asked, and the host hears of it after.
  caf::anon_send_exit(alices, caf::exit_reason::kill);
  BOOST_TEST(all_ids(bob) == "5");
  BOOST_TEST(all_ids(bob) == "5");
}

BOOST_FIXTURE_TEST_CASE(a_supervisor_that_fails_is_built_from_the_disk,
                        with_supervisors) {
  const auto before = keeper.watchers.at(3);
  crash(alices);
  BOOST_TEST(store.actor().only<load_user_records>().uid == alice->uid);
  // Others are served meanwhile, and ids stay known.
  BOOST_TEST(start(bob) == 9u);
  tell(host, user_records{alice->uid, {record_of(3, alice)}, {}});
  BOOST_TEST((keeper.watchers.at(3) != before));
  tell(keeper.watchers.at(3), reconcile{});
  tell(directory.last<identify>().asker, identified{1000, "", alice});
  ask(protocol::start_request{3u});
  BOOST_TEST(answer_as<protocol::process_started>().id == 3u);
  BOOST_TEST(all_ids(alice) == "3 5 9");
}

BOOST_FIXTURE_TEST_CASE(a_failure_is_told_to_whoever_watches,
                        with_supervisors) {
  auto broker = make_fake();
  tell(host, watch_failures{broker});
  crash(alices);
  BOOST_TEST(broker.count<someone_failed>() == 1u);
}

BOOST_AUTO_TEST_CASE(a_shutdown_ends_everybodys_processes) {
  start(alice);
  start(bob);
  const auto asked = ask(protocol::shutdown_request{}, test::root);
  keeper.end(1, 2);
  run();
  BOOST_TEST(session.all<answer>().back().sequence != asked);
  protocol::run_request r;
  r.argv = {"x"};
  ask(r);
  BOOST_TEST(answer_as<protocol::error>().message == "the host is going down");
  keeper.end(2, 2);
  run();
  answer_as<protocol::process_stopped>(asked);
}

BOOST_AUTO_TEST_CASE(only_administrators_may_shut_down) {
  start(alice);
  ask(protocol::shutdown_request{}, alice);
  BOOST_TEST((answer_as<protocol::error>().code == errc::not_permitted));
  BOOST_TEST(keeper.take_orders() == "spawn 1/1, release 1/1");
  start(alice);
}

BOOST_FIXTURE_TEST_CASE(a_shutdown_does_not_wait_for_whoever_fails,
                        with_supervisors) {
  start(alice);
  const auto asked = ask(protocol::shutdown_request{}, test::admin);
  crash(alices);
  answer_as<protocol::process_stopped>(asked);
}

BOOST_AUTO_TEST_SUITE_END()
