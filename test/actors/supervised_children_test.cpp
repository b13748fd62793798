#include "actors/os/boot_id.hpp"
#include "test/support/supervisor_fixture.hpp"

using namespace hiisi;
using namespace hiisi::actors;
using namespace std::chrono_literals;
using protocol::errc;
using protocol::process_state;
using protocol::restart_policy;
using test::alice;
using test::crashed;

BOOST_FIXTURE_TEST_SUITE(supervised_children, test::supervisor_fixture)

// -- owners -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_owner_who_is_not_known_yet_is_asked_for) {
  tell(supervisor, adopt{{test::found_record(4, "site")}, {}});
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
  tell(supervisor, adopt{{test::found_record(4, "site")}, {}});
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
  tell(supervisor, adopt{{test::found_record(4, "site")}, {}});
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
  tell(supervisor, adopt{{test::found_record(4, "site"),
                          test::found_record(6, "db", process_state::exited)},
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
  tell(supervisor,
       adopt{{test::found_record(4, "site", process_state::starting)}, {}});
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
  tell(supervisor, adopt{{test::found_record(4, "site")}, {}});
  const auto asked = ask(protocol::status_request{});
  advance(1900ms);
  BOOST_TEST(!answered(asked));
  advance(100ms);
  BOOST_TEST(answer_as<protocol::status_list>(asked).entries.size() == 1u);
}

BOOST_AUTO_TEST_CASE(records_that_come_twice_make_one_process) {
  tell(supervisor, adopt{{test::found_record(4, "site")}, {}});
  tell(supervisor, adopt{{test::found_record(4, "site")}, {}});
  BOOST_TEST(keeper.actor().count<watch_child>() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
