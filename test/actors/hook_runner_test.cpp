#include "actors/hook_runner.hpp"
#include "actors/os/hook_launch.hpp"
#include "test/support/actor_fixture.hpp"
#include "test/support/fake_keeper.hpp"
#include "test/support/people.hpp"
#include "test/support/temp_dir.hpp"

#include <fstream>
#include <sstream>

using namespace hiisi;
using namespace hiisi::actors;
using namespace std::chrono_literals;
using protocol::event_kind;

namespace {

struct fixture : test::actor_fixture {
  test::temp_dir place;
  test::fake_actor session = make_fake();
  test::fake_actor events = make_fake();
  test::fake_actor directory = make_fake();
  test::fake_keeper keeper{*this};
  std::vector<std::string> warnings;
  caf::actor hooks;
  uint64_t sequence = 0;

  fixture() {
    directory.react([this](const caf::message& m) {
      if (m.match_elements<identify>()) {
        const auto& asked = m.get_as<identify>(0);
        send(asked.asker,
             identified{asked.uid, "",
                        asked.uid == 1000 ? test::alice : test::bob});
      }
    });
    keeper.slow = false;
  }

  ~fixture() {
    for (int i = 0; i < 10 && has_timers(); ++i)
      advance(10s, 10s);
  }

  void begin() {
    hooks = keep(spawn_hook_runner(
        system(),
        {std::make_shared<os::hook_files>(place / "hooks"),
         {},
         keeper,
         directory,
         events,
         0,
         [this](std::string_view text) { warnings.emplace_back(text); }},
        false));
    run();
  }

  static protocol::hook_add_request
  hook_on(event_kind kind, std::optional<protocol::target> what = {}) {
    protocol::hook_add_request hook;
    hook.on = {kind};
    hook.what = std::move(what);
    hook.argv = {"./tell"};
    hook.cwd = "/";
    return hook;
  }

  protocol::payload ask(identity_ptr who, protocol::command what) {
    session.forget();
    tell(hooks, hook_submission{test::submit(session, ++sequence,
                                             std::move(who), std::move(what))});
    return *session.only<answer>().what;
  }
  uint32_t add(identity_ptr who, protocol::hook_add_request what) {
    return std::get<protocol::hook_added>(ask(std::move(who), std::move(what)))
        .number;
  }
  std::vector<protocol::hook_entry> list(identity_ptr who) {
    return std::get<protocol::hook_list>(
               ask(std::move(who), protocol::hook_list_request{}))
        .entries;
  }

  void happen(event_kind what, identity_ptr whose = test::alice,
              uint32_t id = 7, std::string name = "web") {
    auto e = std::make_shared<protocol::event>();
    e->number = ++number;
    e->what = what;
    e->id = id;
    e->name = std::move(name);
    if (whose)
      e->uid = whose->uid;
    tell(hooks, noted{std::move(e)});
  }

  /// The events that the last run was given, by number.
  std::string input() {
    const auto launch = keeper.actor().last<spawn_child>().launch;
    std::string out;
    std::istringstream lines{launch->env.at("HIISI_EVENTS")};
    for (std::string line; std::getline(lines, line);)
      out += (out.empty() ? "" : " ")
             + std::to_string(protocol::decode_event(line)->number);
    return out;
  }
  size_t runs() { return keeper.actor().count<spawn_child>(); }
  /// Ends the run that began last.
  void end_run(int status = 0) {
    keeper.end(keeper.processes.rbegin()->first, status << 8);
    run();
  }

  uint64_t number = 0;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(hook_runner_actor, fixture)

BOOST_AUTO_TEST_CASE(nobody_listens_while_nobody_has_a_hook) {
  begin();
  BOOST_TEST(events.empty());
  add(test::alice, hook_on(event_kind::give_up));
  BOOST_TEST(events.only<watch_events>().watching);
  ask(test::alice, protocol::hook_remove_request{1});
  BOOST_TEST(!events.last<watch_events>().watching);
  BOOST_TEST(!has_timers());
}

BOOST_AUTO_TEST_CASE(a_hook_is_run_as_its_owner_with_the_event) {
  begin();
  add(test::alice, hook_on(event_kind::give_up));
  happen(event_kind::start);
  BOOST_TEST(runs() == 0u);
  happen(event_kind::give_up);
  BOOST_TEST_REQUIRE(runs() == 1u);
  const auto asked = keeper.actor().last<spawn_child>();
  BOOST_TEST(os::is_hook_run(asked.id));
  BOOST_TEST(asked.launch->uid == 1000u);
  BOOST_TEST(asked.launch->argv.back() == "./tell");
  BOOST_TEST(asked.launch->output_log == "/home/alice/.logs/hook-1.out");
  BOOST_TEST(input() == "2");
  end_run();
  const auto h = list(test::alice);
  BOOST_TEST_REQUIRE(h.size() == 1u);
  BOOST_TEST(h[0].runs == 1u);
  BOOST_TEST(h[0].last_outcome == "exited (0)");
  BOOST_TEST(keeper.take_orders().find("acknowledge") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(anothers_events_and_other_processes_run_nothing) {
  begin();
  add(test::alice, hook_on(event_kind::exit, 7u));
  add(test::alice, hook_on(event_kind::exit, std::string{"web"}));
  happen(event_kind::exit, test::bob, 7, "web");
  happen(event_kind::exit, test::alice, 8, "other");
  happen(event_kind::exit, nullptr, 0, "");
  BOOST_TEST(runs() == 0u);
  happen(event_kind::exit, test::alice, 8, "web");
  BOOST_TEST(runs() == 1u);
  happen(event_kind::exit, test::alice, 7, "other");
  BOOST_TEST(runs() == 2u);
}

BOOST_AUTO_TEST_CASE(a_storm_is_one_run_after_the_other_with_all_of_it) {
  begin();
  add(test::alice, hook_on(event_kind::exit));
  for (int i = 0; i < 50; ++i)
    happen(event_kind::exit);
  BOOST_TEST(runs() == 1u);
  BOOST_TEST(input() == "1");
  end_run();
  BOOST_TEST(runs() == 1u); // Not before a second is over.
  advance(1100ms);
  BOOST_TEST_REQUIRE(runs() == 2u);
  BOOST_TEST(input().starts_with("2 3 4 "));
  BOOST_TEST(input().ends_with(" 49 50"));
}

BOOST_AUTO_TEST_CASE(what_takes_too_long_is_killed_and_on_record) {
  begin();
  add(test::alice, hook_on(event_kind::exit));
  happen(event_kind::exit);
  keeper.take_orders();
  advance(29s, 1s);
  BOOST_TEST(keeper.take_orders().find("kill") == std::string::npos);
  advance(2s, 1s);
  BOOST_TEST(keeper.take_orders().find("kill") != std::string::npos);
  BOOST_TEST(list(test::alice)[0].last_outcome
             == "took too long and was killed");
  const auto told = events.last<happened>().what;
  BOOST_TEST((told.what == event_kind::hook));
  BOOST_TEST(told.text == "hook 1: took too long and was killed");
}

BOOST_AUTO_TEST_CASE(a_hook_that_fails_is_on_record_and_runs_no_hook) {
  begin();
  const auto refused = ask(test::alice, hook_on(event_kind::hook));
  BOOST_TEST((std::get<protocol::error>(refused).code
              == protocol::errc::invalid_argument));
  add(test::alice, hook_on(event_kind::exit));
  happen(event_kind::exit);
  end_run(3);
  BOOST_TEST(events.last<happened>().what.text == "hook 1: exited (3)");
  happen(event_kind::hook);
  BOOST_TEST(runs() == 1u);
}

BOOST_AUTO_TEST_CASE(one_user_has_so_many_running_and_so_many_at_all) {
  begin();
  for (int i = 0; i < 20; ++i)
    add(test::alice, hook_on(event_kind::exit));
  const auto refused = ask(test::alice, hook_on(event_kind::exit));
  BOOST_TEST((std::get<protocol::error>(refused).code
              == protocol::errc::limit_exceeded));
  add(test::bob, hook_on(event_kind::exit));
  happen(event_kind::exit);
  BOOST_TEST(runs() == 4u);
  end_run();
  BOOST_TEST(runs() == 5u);
  happen(event_kind::exit, test::bob);
  BOOST_TEST(runs() == 6u);
}

BOOST_AUTO_TEST_CASE(hooks_outlive_the_daemon) {
  begin();
  add(test::alice, hook_on(event_kind::exit));
  add(test::alice, hook_on(event_kind::give_up, std::string{"web"}));
  ask(test::alice, protocol::hook_remove_request{1});
  events.forget();
  begin();
  BOOST_TEST(events.only<watch_events>().watching);
  const auto kept = list(test::alice);
  BOOST_TEST_REQUIRE(kept.size() == 1u);
  BOOST_TEST(kept[0].number == 2u);
  BOOST_TEST((kept[0].what == protocol::target{std::string{"web"}}));
  BOOST_TEST(add(test::alice, hook_on(event_kind::exit)) == 3u);
  BOOST_TEST(list(test::bob).empty());
}

BOOST_AUTO_TEST_CASE(a_damaged_file_is_named_and_never_overwritten) {
  begin();
  add(test::alice, hook_on(event_kind::exit));
  std::ofstream{place / "hooks/1000.json"} << "{\"next_";
  begin();
  BOOST_TEST_REQUIRE(warnings.size() == 1u);
  BOOST_TEST(warnings[0].find("1000.json") != std::string::npos);
  const auto refused = ask(test::alice, hook_on(event_kind::exit));
  BOOST_TEST((std::get<protocol::error>(refused).code
              == protocol::errc::storage_failed));
  std::ifstream file{place / "hooks/1000.json"};
  std::string text{std::istreambuf_iterator<char>{file}, {}};
  BOOST_TEST(text == "{\"next_");
}

BOOST_AUTO_TEST_CASE(what_was_removed_meanwhile_ends_quietly) {
  begin();
  add(test::alice, hook_on(event_kind::exit));
  happen(event_kind::exit);
  ask(test::alice, protocol::hook_remove_request{1});
  end_run();
  BOOST_TEST(list(test::alice).empty());
  const auto again = ask(test::alice, protocol::hook_remove_request{1});
  BOOST_TEST(std::get<protocol::error>(again).message == "you have no hook 1");
}

BOOST_AUTO_TEST_SUITE_END()
