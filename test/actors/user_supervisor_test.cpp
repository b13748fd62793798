#include "actors/os/boot_id.hpp"
#include "actors/user_supervisor.hpp"
#include "test/support/asking_fixture.hpp"
#include "test/support/fake_keeper.hpp"
#include "test/support/fake_store.hpp"
#include "test/support/people.hpp"

#include <cerrno>

using namespace hiisi;
using namespace hiisi::actors;
using namespace std::chrono_literals;
using protocol::errc;
using protocol::process_state;
using protocol::restart_policy;
using test::alice;

namespace {

struct fixture : test::asking_fixture {
  test::fake_actor host = make_fake();
  test::fake_actor directory = make_fake();
  test::fake_keeper keeper{*this};
  test::fake_store store{*this};
  caf::actor supervisor;

  fixture() { begin({}); }

  void begin(supervisor_settings settings) {
    supervisor = keep(spawn_user_supervisor(
        *self(), 1000, {host, keeper, store, directory}, settings));
    run();
  }

  /// From now on the user database has an answer to who the owner is.
  void owner_is(protocol::result<identity_ptr> who) {
    directory.react([this, who = std::move(who)](const caf::message& m) {
      if (m.match_elements<identify>())
        send(m.get_as<identify>(0).asker, identified{1000, "", who});
    });
  }

  static protocol::run_request command(std::string program = "./web") {
    protocol::run_request r;
    r.argv = {std::move(program), "--port", "8080"};
    r.cwd = "/home/alice/site";
    r.env = {{"SECRET", "x"}};
    return r;
  }

  uint64_t ask(protocol::command what, identity_ptr who = alice) {
    tell(supervisor,
         submit(session, ++sequence, std::move(who), std::move(what)));
    return sequence;
  }
  void start(uint32_t id, protocol::run_request what = command()) {
    tell(supervisor,
         run_as{id, submit(session, ++sequence, alice, std::move(what))});
  }

  bool answered(uint64_t number) const {
    for (const auto& a : session.all<answer>())
      if (a.sequence == number)
        return true;
    return false;
  }
  std::vector<protocol::status_entry> status(identity_ptr who = alice) {
    ask(protocol::status_request{}, std::move(who));
    return answer_as<protocol::status_list>().entries;
  }
  std::string names() {
    std::string out;
    for (const auto& e : status())
      out += (out.empty() ? "" : " ") + e.name;
    return out;
  }
};

constexpr int crashed = 1 << 8;

struct limited_fixture : fixture {
  static limit_policy_ptr policy_of(uint64_t processes, uint64_t starts) {
    auto policy = std::make_shared<core::limit_policy>();
    core::limit_rule rule;
    rule.user = "alice";
    rule.processes = processes;
    rule.starts_per_minute = starts;
    policy->rules = {rule};
    policy->contact = "Hanna";
    return policy;
  }
  void limit(uint64_t processes, uint64_t starts) {
    tell(supervisor, reconfigure{{}, 100, policy_of(processes, starts)});
  }
};

core::process_record record_of(uint32_t id, std::string name,
                               process_state state = process_state::running) {
  auto spec = std::make_shared<core::process_spec>();
  spec->id = id;
  spec->name = std::move(name);
  spec->uid = 1000;
  spec->user = "alice";
  spec->argv = {"./web"};
  spec->cwd = "/";
  core::process_record record;
  record.spec = std::move(spec);
  record.state = state;
  record.run = 3;
  return record;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(user_supervisor, fixture)

// -- run ----------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_run_is_answered_with_id_and_name) {
  start(5);
  const auto started = answer_as<protocol::process_started>();
  BOOST_TEST(started.id == 5u);
  BOOST_TEST(started.name == "web");
  const auto launch = keeper.actor().only<spawn_child>().launch;
  BOOST_TEST(launch->uid == 1000u);
  BOOST_TEST(launch->cwd == "/home/alice/site");
  BOOST_TEST(
      (launch->argv == std::vector<std::string>{"./web", "--port", "8080"}));
  BOOST_TEST(launch->env.at("SECRET") == "x");
}

BOOST_AUTO_TEST_CASE(every_choice_of_a_run_is_recorded) {
  auto what = command();
  what.name = "site";
  what.restart = restart_policy::on_failure;
  what.stop_signal = 15;
  what.stop_timeout = 250ms;
  what.umask = 0077;
  start(5, what);
  const auto spec = *store.last_record().spec;
  BOOST_TEST(spec.id == 5u);
  BOOST_TEST(spec.name == "site");
  BOOST_TEST(spec.uid == 1000u);
  BOOST_TEST(spec.user == "alice");
  BOOST_TEST((spec.policy == restart_policy::on_failure));
  BOOST_TEST((spec.stop_signal == 15));
  BOOST_TEST((spec.stop_timeout == 250ms));
  BOOST_TEST(spec.umask == 0077u);
  BOOST_TEST((*spec.env == what.env));
}

BOOST_AUTO_TEST_CASE(names_made_up_are_unique) {
  for (uint32_t id : {1u, 2u, 3u})
    start(id);
  BOOST_TEST(names() == "web web-2 web-3");
}

BOOST_AUTO_TEST_CASE(a_name_that_is_taken_is_refused_and_its_id_released) {
  auto what = command();
  what.name = "site";
  start(1, what);
  start(2, what);
  const auto refused = answer_as<protocol::error>();
  BOOST_TEST((refused.code == errc::conflict));
  BOOST_TEST(refused.message == "you have a process named site already, id 1");
  BOOST_TEST(host.only<id_released>().id == 2u);
  BOOST_TEST(names() == "site");
}

BOOST_AUTO_TEST_CASE(a_run_that_fails_leaves_nothing) {
  keeper.execve_error = ENOENT;
  start(1);
  const auto failed = answer_as<protocol::error>();
  BOOST_TEST((failed.code == errc::start_failed));
  BOOST_TEST(failed.message
             == "could not start: ./web: No such file or directory");
  BOOST_TEST(status().empty());
  BOOST_TEST(store.actor().count<remove_record>() == 1u);
  BOOST_TEST(host.only<id_released>().id == 1u);
  BOOST_TEST(keeper.watchers.empty());
}

BOOST_AUTO_TEST_CASE(the_name_of_a_run_that_failed_is_free_at_once) {
  keeper.slow = true;
  auto what = command();
  what.name = "site";
  start(1, what);
  // The failure is told before the disk has forgotten it.
  store.holding = true;
  keeper.processes.clear();
  keeper.say(1, child_news::start_failed, 1);
  run();
  answer_as<protocol::error>();
  keeper.slow = false;
  start(2, what);
  store.holding = false;
  store.answer_all();
  run();
  BOOST_TEST(answer_as<protocol::process_started>().id == 2u);
  BOOST_TEST(names() == "site");
  ask(protocol::stop_request{"site"});
  BOOST_TEST(keeper.take_orders().ends_with("signal2 2/1"));
}

BOOST_AUTO_TEST_CASE(what_failed_and_cannot_be_forgotten_is_shown) {
  store.failure
      = protocol::make_error(errc::storage_failed, "read-only file system");
  start(1);
  BOOST_TEST(answer_as<protocol::error>().message == "read-only file system");
  const auto list = status();
  BOOST_TEST_REQUIRE(list.size() == 1u);
  BOOST_TEST((list[0].state == process_state::failed));
  store.failure.reset();
  ask(protocol::remove_request{1u});
  answer_as<protocol::process_removed>();
  BOOST_TEST(status().empty());
}

// -- operations ---------------------------------------------------------------

BOOST_AUTO_TEST_CASE(each_operation_has_its_answer) {
  keeper.obeys_signals = true;
  start(1);
  ask(protocol::stop_request{1u});
  answer_as<protocol::process_stopped>();
  ask(protocol::start_request{"web"});
  BOOST_TEST(answer_as<protocol::process_started>().id == 1u);
  ask(protocol::restart_request{1u});
  BOOST_TEST(answer_as<protocol::process_started>().name == "web");
  ask(protocol::remove_request{"web"});
  answer_as<protocol::process_removed>();
  BOOST_TEST(status().empty());
  BOOST_TEST(host.only<id_released>().id == 1u);
}

BOOST_AUTO_TEST_CASE(a_stop_that_climbs_is_answered_when_it_is_done) {
  start(1);
  const auto stop = ask(protocol::stop_request{1u});
  start(2, command("./other"));
  answer_as<protocol::process_started>();
  BOOST_TEST(!answered(stop));
  advance(10s);
  BOOST_TEST(answered(stop));
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_not_found) {
  start(1);
  for (const protocol::target& what :
       std::initializer_list<protocol::target>{2u, "nothing"}) {
    for (const protocol::command& command :
         std::initializer_list<protocol::command>{
             protocol::stop_request{what}, protocol::start_request{what},
             protocol::restart_request{what}, protocol::remove_request{what},
             protocol::status_request{what, false},
             protocol::logs_request{what}}) {
      ask(command);
      BOOST_TEST((answer_as<protocol::error>().code == errc::not_found));
    }
  }
  ask(protocol::stop_request{"nothing"});
  BOOST_TEST(answer_as<protocol::error>().message
             == "no process named nothing");
  ask(protocol::stop_request{2u});
  BOOST_TEST(answer_as<protocol::error>().message == "no process 2");
}

BOOST_AUTO_TEST_CASE(strangers_may_not_touch_what_they_may_see) {
  start(1);
  for (const protocol::command& command :
       std::initializer_list<protocol::command>{
           protocol::stop_request{1u}, protocol::start_request{1u},
           protocol::restart_request{1u}, protocol::remove_request{1u},
           protocol::logs_request{1u}}) {
    ask(command, test::bob);
    const auto refused = answer_as<protocol::error>();
    BOOST_TEST((refused.code == errc::not_permitted));
    BOOST_TEST(refused.message == "process 1 belongs to alice");
  }
  BOOST_TEST(keeper.take_orders() == "spawn 1/1, release 1/1");
}

BOOST_AUTO_TEST_CASE(administrators_may_do_what_the_owner_may) {
  keeper.obeys_signals = true;
  for (const auto& who : {test::root, test::admin}) {
    start(1);
    ask(protocol::stop_request{1u}, who);
    answer_as<protocol::process_stopped>();
    ask(protocol::logs_request{1u}, who);
    BOOST_TEST(answer_as<protocol::log_paths>().standard_output.starts_with(
        "/home/alice/"));
    ask(protocol::remove_request{1u}, who);
    answer_as<protocol::process_removed>();
  }
}

BOOST_AUTO_TEST_CASE(what_waits_for_a_removed_process_is_told) {
  start(1);
  ask(protocol::remove_request{1u});
  const auto late = ask(protocol::start_request{1u});
  advance(10s);
  BOOST_TEST((answer_as<protocol::error>().code == errc::not_found));
  BOOST_TEST(answered(late));
}

// -- status -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_owner_sees_everything) {
  start(1);
  const auto row = status().at(0);
  BOOST_TEST(row.full);
  BOOST_TEST(row.id == 1u);
  BOOST_TEST(row.user == "alice");
  BOOST_TEST((row.argv == std::vector<std::string>{"./web", "--port", "8080"}));
  BOOST_TEST(row.cwd == "/home/alice/site");
  BOOST_TEST(row.pid == 1001);
  BOOST_TEST((row.state == process_state::running));
  BOOST_TEST(status(test::admin).at(0).full);
}

BOOST_AUTO_TEST_CASE(strangers_see_little) {
  start(1);
  const auto row = status(test::bob).at(0);
  BOOST_TEST(!row.full);
  BOOST_TEST(row.name == "web");
  BOOST_TEST((row.argv == std::vector<std::string>{"web"}));
  BOOST_TEST(row.cwd == "");
  BOOST_TEST(row.pid == 0);
}

BOOST_AUTO_TEST_CASE(one_process_alone_can_be_asked_for) {
  start(1);
  start(2, command("./other"));
  ask(protocol::status_request{2u, false});
  const auto list = answer_as<protocol::status_list>().entries;
  BOOST_TEST_REQUIRE(list.size() == 1u);
  BOOST_TEST(list[0].name == "other");
}

BOOST_AUTO_TEST_CASE(a_wait_and_an_end_are_shown) {
  owner_is(alice);
  auto what = command();
  what.restart = restart_policy::always;
  start(1, what);
  keeper.end(1, crashed);
  run();
  keeper.end(1, crashed);
  run();
  const auto row = status().at(0);
  BOOST_TEST((row.state == process_state::backoff));
  BOOST_TEST_REQUIRE(row.next_restart.has_value());
  BOOST_TEST((*row.next_restart > 500ms && *row.next_restart <= 1100ms));
  BOOST_TEST(row.last_exit->value == 1);
  BOOST_TEST(row.restarts == 2u);
}

BOOST_AUTO_TEST_CASE(a_list_for_the_host_is_made_for_its_reader) {
  start(1);
  tell(supervisor, describe{77, test::bob});
  const auto part = host.only<described>();
  BOOST_TEST(part.gathering == 77u);
  BOOST_TEST(part.uid == 1000u);
  BOOST_TEST_REQUIRE(part.entries.size() == 1u);
  BOOST_TEST(!part.entries[0].full);
}

BOOST_AUTO_TEST_CASE(what_has_not_started_yet_is_not_listed) {
  store.holding = true;
  start(1);
  BOOST_TEST(status().empty());
  const auto list = sequence;
  sequence = 1;
  store.answer_all();
  run();
  answer_as<protocol::process_started>();
  sequence = list;
  BOOST_TEST(status().size() == 1u);
}

// -- finished runs ------------------------------------------------------------

BOOST_AUTO_TEST_CASE(only_so_many_finished_runs_are_kept) {
  begin({{}, 2});
  for (uint32_t id = 1; id <= 5; ++id) {
    start(id);
    keeper.end(id, 0);
    run();
  }
  // Not while others may be waiting for what they have stopped.
  BOOST_TEST(store.actor().count<remove_record>() == 0u);
  advance(1s);
  const auto list = status();
  BOOST_TEST_REQUIRE(list.size() == 2u);
  BOOST_TEST(list[0].id == 4u);
  BOOST_TEST(list[1].id == 5u);
  BOOST_TEST(store.actor().count<remove_record>() == 3u);
  BOOST_TEST(host.count<id_released>() == 3u);
}

BOOST_AUTO_TEST_CASE(how_many_are_kept_can_be_changed) {
  for (uint32_t id = 1; id <= 3; ++id) {
    start(id);
    keeper.end(id, 0);
    run();
  }
  BOOST_TEST(status().size() == 3u);
  tell(supervisor, reconfigure{{}, 1});
  start(4);
  keeper.end(4, 0);
  run();
  advance(1s);
  BOOST_TEST(names() == "web-4");
}

BOOST_AUTO_TEST_CASE(what_runs_or_has_a_policy_is_kept) {
  begin({{}, 0});
  auto kept = command("./kept");
  kept.restart = restart_policy::on_failure;
  start(1, kept);
  keeper.end(1, 0);
  run();
  start(2, command("./running"));
  start(3, command("./gone"));
  keeper.end(3, 0);
  run();
  advance(1s);
  BOOST_TEST(names() == "kept running");
}

// -- owners -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_owner_who_is_not_known_yet_is_asked_for) {
  tell(supervisor, adopt{{record_of(4, "site")}, {}});
  BOOST_TEST(directory.only<identify>().uid == 1000u);
  tell(keeper.watchers.at(4), reconcile{});
  // An administrator's start must not be taken for news that she is gone.
  const auto request = ask(protocol::start_request{4u}, test::root);
  BOOST_TEST(!answered(request));
  tell(supervisor, identified{1000, "", alice});
  BOOST_TEST(answer_as<protocol::process_started>().id == 4u);
}

BOOST_AUTO_TEST_CASE(a_policy_starts_nothing_again_for_who_is_gone) {
  owner_is(protocol::make_error(errc::not_found, "nobody"));
  auto what = command();
  what.restart = restart_policy::always;
  start(1, what);
  keeper.end(1, crashed);
  run();
  BOOST_TEST(keeper.actor().count<spawn_child>() == 1u);
  BOOST_TEST(status(test::root).at(0).reason
             == "user 1000 (alice) does not exist any more");
}

BOOST_AUTO_TEST_CASE(name_services_that_say_nothing_are_no_news_of_the_owner) {
  owner_is(protocol::make_error(errc::unavailable, "no answer"));
  auto what = command();
  what.restart = restart_policy::always;
  start(1, what);
  keeper.end(1, crashed);
  run();
  BOOST_TEST(keeper.actor().count<spawn_child>() == 2u);
}

BOOST_AUTO_TEST_CASE(a_recovery_waits_for_name_services_to_come_back) {
  owner_is(protocol::make_error(errc::unavailable, "no answer"));
  tell(supervisor, adopt{{record_of(4, "site")}, {}});
  tell(keeper.watchers.at(4), reconcile{});
  const auto request = ask(protocol::start_request{4u}, test::root);
  advance(12s);
  BOOST_TEST(!answered(request));
  BOOST_TEST(directory.count<identify>() == 3u);
  owner_is(alice);
  advance(6s);
  BOOST_TEST(answered(request));
}

BOOST_AUTO_TEST_CASE(who_has_the_uid_after_the_owner_is_a_stranger) {
  keeper.obeys_signals = true;
  start(1);
  auto next = std::make_shared<os::identity>(*alice);
  next->name = "zoe";
  next->home = "/home/zoe";
  const identity_ptr zoe = next;
  tell(supervisor, identified{1000, "", zoe});
  BOOST_TEST(status(zoe).empty());
  ask(protocol::stop_request{1u}, zoe);
  BOOST_TEST((answer_as<protocol::error>().code == errc::not_permitted));
  ask(protocol::status_request{1u, false}, zoe);
  BOOST_TEST(!answer_as<protocol::status_list>().entries.at(0).full);
  // Root still may do all but start it, for it is nobody's.
  ask(protocol::stop_request{1u}, test::root);
  answer_as<protocol::process_stopped>();
  ask(protocol::start_request{1u}, test::root);
  BOOST_TEST(answer_as<protocol::error>().message
             == "user 1000 (alice) does not exist any more");
  // Who is merely called otherwise lives where she did.
  auto renamed = std::make_shared<os::identity>(*alice);
  renamed->name = "alicia";
  tell(supervisor, identified{1000, "", identity_ptr{renamed}});
  BOOST_TEST(status(renamed).size() == 1u);
  ask(protocol::start_request{1u}, renamed);
  answer_as<protocol::process_started>();
}

BOOST_AUTO_TEST_CASE(an_owner_who_is_gone_is_said_to_be) {
  tell(supervisor, adopt{{record_of(4, "site")}, {}});
  tell(keeper.watchers.at(4), reconcile{});
  tell(supervisor,
       identified{1000, "", protocol::make_error(errc::not_found, "nobody")});
  ask(protocol::start_request{4u}, test::root);
  BOOST_TEST(answer_as<protocol::error>().message
             == "user 1000 (alice) does not exist any more");
  ask(protocol::logs_request{4u}, test::root);
  BOOST_TEST((answer_as<protocol::error>().code == errc::unavailable));
}

BOOST_AUTO_TEST_CASE(new_groups_count_from_the_owners_next_request) {
  keeper.obeys_signals = true;
  start(1);
  auto changed = *alice;
  changed.groups = {1000, 50};
  ask(protocol::restart_request{1u},
      std::make_shared<const os::identity>(changed));
  answer_as<protocol::process_started>();
  BOOST_TEST((keeper.actor().last<spawn_child>().launch->groups
              == std::vector<uint32_t>{1000, 50}));
}

// -- children that fail -------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_process_actor_that_fails_is_built_anew) {
  start(1);
  const auto before = keeper.watchers.at(1);
  const auto stop = ask(protocol::stop_request{1u});
  crash(before);
  BOOST_TEST(answered(stop));
  BOOST_TEST((answer_as<protocol::error>().code == errc::internal));
  BOOST_TEST((keeper.watchers.at(1) != before));
  BOOST_TEST(keeper.actor().last<watch_child>().recovered);
  reconcile m;
  m.slot.emplace();
  m.slot->run = 1;
  m.slot->how_far = keeper_wire::phase::running;
  m.slot->pid = 1001;
  tell(keeper.watchers.at(1), m);
  // The stop was on record, so it is gone on with.
  BOOST_TEST(keeper.take_orders().ends_with("signal2 1/1, signal2 1/1"));
}

BOOST_AUTO_TEST_CASE(a_run_whose_actor_fails_is_answered_and_shown) {
  store.holding = true;
  start(1);
  crash(keeper.watchers.at(1));
  BOOST_TEST((answer_as<protocol::error>().code == errc::internal));
  tell(keeper.watchers.at(1), reconcile{});
  BOOST_TEST(status().size() == 1u);
}

BOOST_AUTO_TEST_CASE(an_actor_that_fails_again_and_again_is_left_alone) {
  start(1);
  for (int i = 0; i < 4; ++i)
    crash(keeper.watchers.at(1));
  BOOST_TEST(status().size() == 1u);
  ask(protocol::stop_request{1u});
  const auto refused = answer_as<protocol::error>();
  BOOST_TEST((refused.code == errc::internal));
  BOOST_TEST(refused.message == "what manages process 1 fails again and again");
  // The others are served.
  start(2, command("./other"));
  answer_as<protocol::process_started>();
  tell(supervisor, reconfigure{});
  tell(supervisor, identified{1000, "", alice});
  BOOST_TEST(status().size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_success_makes_up_for_failures) {
  keeper.obeys_signals = true;
  start(1);
  for (int i = 0; i < 10; ++i) {
    crash(keeper.watchers.at(1));
    reconcile m;
    m.slot.emplace();
    m.slot->run = 1;
    m.slot->how_far = keeper_wire::phase::running;
    tell(keeper.watchers.at(1), m);
    ask(protocol::start_request{1u});
    answer_as<protocol::process_started>();
  }
}

// -- recovery -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(adopted_processes_keep_their_names) {
  tell(supervisor,
       adopt{{record_of(4, "site"), record_of(6, "db", process_state::exited)},
             {{4, 3, 1000, 77, 0, 0, {}, os::this_boot()}}});
  advance(2s);
  BOOST_TEST(names() == "site db");
  auto what = command();
  what.name = "db";
  start(7, what);
  BOOST_TEST((answer_as<protocol::error>().code == errc::conflict));
  ask(protocol::status_request{"site", false});
  BOOST_TEST(answer_as<protocol::status_list>().entries.at(0).id == 4u);
}

BOOST_AUTO_TEST_CASE(status_waits_for_the_keepers_word_on_what_was_found) {
  // A record is not written anew once its process has begun to run.
  tell(supervisor, adopt{{record_of(4, "site", process_state::starting)}, {}});
  const auto asked = ask(protocol::status_request{});
  BOOST_TEST(!answered(asked));
  keeper_wire::message slot;
  slot.what = keeper_wire::kind::slot;
  slot.id = 4;
  slot.run = 3;
  slot.uid = 1000;
  slot.pid = 77;
  slot.how_far = keeper_wire::phase::running;
  tell(keeper.actor().only<watch_child>().watcher, reconcile{slot, 4});
  BOOST_TEST((answer_as<protocol::status_list>(asked).entries.at(0).state
              == process_state::running));
}

BOOST_AUTO_TEST_CASE(status_does_not_wait_for_long_where_the_keeper_is_away) {
  tell(supervisor, adopt{{record_of(4, "site")}, {}});
  const auto asked = ask(protocol::status_request{});
  advance(1900ms);
  BOOST_TEST(!answered(asked));
  advance(100ms);
  BOOST_TEST(answer_as<protocol::status_list>(asked).entries.size() == 1u);
}

BOOST_AUTO_TEST_CASE(records_that_come_twice_make_one_process) {
  tell(supervisor, adopt{{record_of(4, "site")}, {}});
  tell(supervisor, adopt{{record_of(4, "site")}, {}});
  BOOST_TEST(keeper.actor().count<watch_child>() == 1u);
}

// -- shutdown -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_shutdown_is_over_when_everything_has_ended) {
  auto what = command();
  what.restart = restart_policy::always;
  start(1, what);
  start(2, command("./other"));
  tell(supervisor, suspend_all{});
  keeper.end(2, 2);
  run();
  BOOST_TEST(host.count<suspended>() == 0u);
  advance(10s);
  BOOST_TEST(host.only<suspended>().uid == 1000u);
  for (const auto& row : status())
    BOOST_TEST((row.state == process_state::stopped));
  BOOST_TEST(store.last_record().wanted);
}

BOOST_AUTO_TEST_CASE(a_shutdown_of_nothing_is_over_at_once) {
  tell(supervisor, suspend_all{});
  BOOST_TEST(host.count<suspended>() == 1u);
}

BOOST_AUTO_TEST_CASE(a_second_shutdown_waits_for_the_same) {
  start(1);
  start(2, command("./other"));
  tell(supervisor, suspend_all{});
  tell(supervisor, suspend_all{});
  keeper.end(1, 2);
  run();
  BOOST_TEST(host.count<suspended>() == 0u);
  keeper.end(2, 2);
  run();
  BOOST_TEST(host.count<suspended>() == 1u);
}

// -- limits -------------------------------------------------------------------

BOOST_FIXTURE_TEST_SUITE(limits, limited_fixture)

BOOST_AUTO_TEST_CASE(a_process_too_many_is_refused_and_leaves_nothing) {
  limit(2, core::no_limit);
  start(1);
  start(2);
  start(3);
  const auto refused = answer_as<protocol::error>();
  BOOST_TEST((refused.code == errc::limit_exceeded));
  BOOST_TEST(refused.message == "you have 2 processes, and 2 is the limit");
  BOOST_TEST(refused.hint.find("ask Hanna") != std::string::npos);
  BOOST_TEST(host.only<id_released>().id == 3u);
  BOOST_TEST(names() == "web web-2");
  ask(protocol::remove_request{1u});
  advance(10s);
  start(4);
  BOOST_TEST(answer_as<protocol::process_started>().id == 4u);
}

BOOST_AUTO_TEST_CASE(plain_runs_that_have_ended_do_not_count) {
  limit(1, core::no_limit);
  start(1);
  keeper.end(1, 0, 1s, true);
  run();
  start(2);
  BOOST_TEST(answer_as<protocol::process_started>().id == 2u);
}

BOOST_AUTO_TEST_CASE(starts_and_restarts_by_hand_are_counted) {
  limit(core::no_limit, 3);
  keeper.obeys_signals = true;
  start(1);
  ask(protocol::restart_request{1u});
  answer_as<protocol::process_started>();
  ask(protocol::stop_request{1u});
  ask(protocol::start_request{1u});
  answer_as<protocol::process_started>();
  ask(protocol::restart_request{1u});
  BOOST_TEST(answer_as<protocol::error>().message
             == "you have 3 starts and restarts within a minute, and 3 is the "
                "limit");
  start(2);
  answer_as<protocol::error>();
  // What was refused goes on as it was, and may be stopped.
  ask(protocol::stop_request{1u});
  answer_as<protocol::process_stopped>();
}

BOOST_AUTO_TEST_CASE(administrators_are_not_held_to_an_owners_limit) {
  limit(core::no_limit, 1);
  keeper.obeys_signals = true;
  start(1);
  ask(protocol::restart_request{1u}, test::admin);
  answer_as<protocol::process_started>();
  ask(protocol::restart_request{1u});
  answer_as<protocol::error>();
}

BOOST_AUTO_TEST_CASE(a_policys_restart_waits_for_the_minute_to_have_room) {
  owner_is(alice);
  limit(core::no_limit, 1);
  auto what = command();
  what.restart = restart_policy::always;
  start(1, what);
  keeper.end(1, crashed, 1s, true);
  run();
  auto list = status();
  BOOST_TEST_REQUIRE(list.size() == 1u);
  BOOST_TEST((list[0].state == process_state::backoff));
  BOOST_TEST(list[0].reason.find("1 is the limit") != std::string::npos,
             list[0].reason);
  BOOST_TEST(keeper.actor().count<spawn_child>() == 1u);
  // With room there is again, it comes back by itself.
  tell(supervisor, reconfigure{{}, 100, policy_of(core::no_limit, 5)});
  advance(3s);
  BOOST_TEST((status()[0].state == process_state::running));
  BOOST_TEST(keeper.actor().count<spawn_child>() == 2u);
}

BOOST_AUTO_TEST_CASE(what_is_used_is_told) {
  limit(5, core::no_limit);
  start(1);
  const auto clerk = make_fake();
  tell(supervisor, count_use{9, alice, clerk});
  const auto told = clerk.only<use_counted>();
  BOOST_TEST(told.question == 9u);
  BOOST_TEST((told.entries
              == std::vector<protocol::quota_entry>{
                  {"processes", 1, 5},
                  {"starts_per_minute", 1, {}},
                  {"log_bytes", 120 << 20, uint64_t{256} << 30}}));
}

BOOST_AUTO_TEST_CASE(logs_that_could_grow_too_large_are_refused) {
  auto policy = std::make_shared<core::limit_policy>();
  policy->usual.log_bytes = 50;
  policy->logs.limits = {10, 1}; // 40 bytes each.
  tell(supervisor, reconfigure{{}, 100, policy});
  keeper.obeys_signals = true;
  start(1);
  BOOST_TEST(answer_as<protocol::process_started>().id == 1u);
  start(2);
  const auto refused = answer_as<protocol::error>();
  BOOST_TEST((refused.code == errc::limit_exceeded));
  BOOST_TEST(refused.message
             == "the logs of your processes may grow to 40 B, this one's to "
                "40 B more, and 50 B is the limit");
  BOOST_TEST(host.only<id_released>().id == 2u);
  auto without_end = command();
  without_end.log_bytes = 0;
  start(3, without_end);
  answer_as<protocol::error>();
  auto small = command();
  small.log_bytes = 2;
  start(4, small);
  BOOST_TEST(answer_as<protocol::process_started>().id == 4u);
  // What has ended leaves room, and needs it again to be started.
  keeper.end(1, 0, 1s, true);
  run();
  start(5);
  BOOST_TEST(answer_as<protocol::process_started>().id == 5u);
  ask(protocol::start_request{1u});
  BOOST_TEST((answer_as<protocol::error>().code == errc::limit_exceeded));
  // A restart needs no more than there is, and administrators are not held to
  // it.
  ask(protocol::restart_request{5u});
  answer_as<protocol::process_started>();
  ask(protocol::start_request{1u}, test::admin);
  answer_as<protocol::process_started>();
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
