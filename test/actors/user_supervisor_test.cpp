#include "test/support/supervisor_fixture.hpp"

#include <cerrno>

using namespace hiisi;
using namespace hiisi::actors;
using namespace std::chrono_literals;
using protocol::errc;
using protocol::process_state;
using protocol::restart_policy;
using test::alice;
using test::crashed;

BOOST_FIXTURE_TEST_SUITE(user_supervisor, test::supervisor_fixture)

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
  BOOST_TEST(*launch->variable("SECRET") == "x");
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
  BOOST_TEST((spec.env == what.env));
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

BOOST_AUTO_TEST_SUITE_END()
