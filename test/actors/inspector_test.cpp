#include "actors/inspector.hpp"
#include "actors/roster.hpp"
#include "actors/user_directory.hpp"
#include "protocol/json_value.hpp"
#include "test/support/actor_fixture.hpp"
#include "test/support/people.hpp"
#include "test/support/system_json.hpp"

using namespace hiisi;
using namespace hiisi::actors;
using namespace std::chrono_literals;
using test::json;

namespace {

struct fixture : test::actor_fixture {
  test::fake_actor session = make_fake();
  test::fake_actor ports = make_fake();
  test::fake_actor directory = make_fake();
  /// An actor to look at.
  caf::actor users;
  caf::actor inspector;
  uint64_t sequence = 0;

  fixture() {
    users = keep(spawn_user_directory(
        system(),
        {[](uint32_t) { return protocol::result<os::identity>{*test::alice}; },
         [](const std::string&) {
           return protocol::result<os::identity>{*test::alice};
         }},
        false));
    inspector = keep(spawn_inspector(
        system(),
        {users, users, ports, directory,
         [](const protocol::payload& memory) {
           return std::holds_alternative<protocol::port_list>(memory)
                      ? R"({"file":"read"})"
                      : R"({"file":"?"})";
         }},
        false));
    run();
  }
  ~fixture() {
    for (int i = 0; i < 100 && has_timers(); ++i)
      advance(10s, 10s);
  }

  void ask(identity_ptr who, std::string topic,
           std::optional<uint64_t> actor = {}, bool follow = false,
           std::optional<std::string> user = {}) {
    session.forget();
    tell(inspector, debug_submission{test::submit(
                        session, ++sequence, std::move(who),
                        protocol::debug_request{std::move(topic), actor,
                                                std::move(user), follow})});
  }
  json report() {
    return json{
        std::get<protocol::debug_report>(*session.only<answer>().what).json};
  }
  protocol::error refusal() {
    return std::get<protocol::error>(*session.only<answer>().what);
  }
  json row_of(const caf::actor& whom) {
    for (const auto& row : report()["actors"].items())
      if (static_cast<uint64_t>(row["id"].number()) == whom.id())
        return row;
    throw std::runtime_error("not among the actors");
  }
  /// The messages in the parts of a trace since the last look.
  std::string traced() {
    std::string out;
    for (const auto& part : session.all<answer_part>()) {
      const json parsed{std::get<protocol::debug_report>(*part.what).json};
      for (const auto& m : parsed["messages"].items())
        out += m["message"].str() + " ";
      out += part.last ? "." : "";
    }
    session.forget();
    return out;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(inspector_actor, fixture)

BOOST_AUTO_TEST_CASE(only_administrators_look_inside) {
  for (const auto* topic : {"actors", "config", "trace", "nonsense"}) {
    ask(test::alice, topic);
    BOOST_TEST((refusal().code == protocol::errc::not_permitted));
  }
  BOOST_TEST(!roster::instance().timing());
  BOOST_TEST(!has_timers());
  ask(test::admin, "nonsense");
  BOOST_TEST((refusal().code == protocol::errc::invalid_argument));
}

BOOST_AUTO_TEST_CASE(every_actor_is_shown_with_what_it_has_handled) {
  tell(users, identify{1000, session});
  tell(users, identify{1000, session});
  ask(test::admin, "actors");
  const auto row = row_of(users);
  BOOST_TEST(row["name"].str() == "user_directory");
  // Both questions, and one answer of the user database.
  BOOST_TEST(row["handled"].number() == 3);
  BOOST_TEST(row["mailbox"].number() == 0);
  BOOST_TEST(row["state"].str() == "1 users known");
  BOOST_TEST(row_of(inspector)["depth"].number() == 0);
}

BOOST_AUTO_TEST_CASE(children_stand_below_their_parents) {
  auto card = std::make_shared<actor_card>();
  card->id = 1'000'000;
  card->address = users.address();
  card->facts = {"child", "web", users.id(), 1000, 2};
  roster::instance().add(card);
  ask(test::admin, "actors");
  advance(50ms, 10ms);
  const auto rows = report()["actors"].items();
  roster::instance().remove(card);
  for (size_t i = 0; i + 1 < rows.size(); ++i)
    if (static_cast<uint64_t>(rows[i]["id"].number()) == users.id()) {
      BOOST_TEST(rows[i + 1]["name"].str() == "child web");
      BOOST_TEST(rows[i + 1]["depth"].number() == 1);
      BOOST_TEST(rows[i + 1]["rebuilds"].number() == 2);
      return;
    }
  BOOST_TEST(false, "not below its parent");
}

BOOST_AUTO_TEST_CASE(who_is_busy_is_shown_by_the_counters_alone) {
  auto card = std::make_shared<actor_card>();
  card->id = ports.handle().id();
  card->address = ports.handle().address(); // It never shows itself.
  card->facts = {"busy_one", "", 0, {}, 0};
  card->handled = 7;
  roster::instance().add(card);
  ask(test::admin, "actors");
  BOOST_TEST(session.empty());
  advance(20ms, 10ms);
  const auto row = row_of(ports);
  roster::instance().remove(card);
  BOOST_TEST(row["state"].str() == "(busy)");
  BOOST_TEST(row["mailbox"].is_null());
  BOOST_TEST(row["handled"].number() == 7);
}

BOOST_AUTO_TEST_CASE(one_actor_shows_its_state_whole) {
  tell(users, identify{1000, session});
  ask(test::root, "actor", users.id());
  const auto shown = report();
  BOOST_TEST(shown["name"].str() == "user_directory");
  BOOST_TEST(shown["state"].str().find("name: \"alice\"") != std::string::npos);
  ask(test::root, "actor", 999'999);
  BOOST_TEST((refusal().code == protocol::errc::not_found));
}

BOOST_AUTO_TEST_CASE(a_part_shows_itself_as_json) {
  tell(users, identify{1000, session});
  ask(test::root, "keeper");
  BOOST_TEST(report()["known"][0]["name"].str() == "alice");
}

BOOST_AUTO_TEST_CASE(the_registry_is_compared_with_what_it_answers) {
  ask(test::root, "registry");
  BOOST_TEST(session.empty());
  const auto asked = ports.only<port_submission>().what;
  BOOST_TEST((asked.caller == test::root));
  tell(inspector,
       answer{asked.reply_to.sequence,
              std::make_shared<protocol::payload>(protocol::port_list{})});
  BOOST_TEST(report()["file"].str() == "read");
}

BOOST_AUTO_TEST_CASE(the_configuration_is_shown_as_it_was_told) {
  tell(inspector, shown_configuration{R"({"settings":[]})"});
  ask(test::root, "config");
  BOOST_TEST(report()["settings"].size() == 0);
}

BOOST_AUTO_TEST_CASE(timers_are_shown_until_they_are_due) {
  ask(test::root, "config"); // Times handlers for a minute.
  ask(test::root, "timers");
  auto found = false;
  for (const auto& t : report()["timers"].items())
    if (t["message"].str() == "timing_over") {
      found = true;
      BOOST_TEST(t["id"].number() == static_cast<int64_t>(inspector.id()));
    }
  BOOST_TEST(found);
}

BOOST_AUTO_TEST_CASE(handlers_are_timed_while_somebody_looks) {
  BOOST_TEST(!roster::instance().timing());
  ask(test::root, "config");
  BOOST_TEST(roster::instance().timing());
  advance(30s, 1s);
  ask(test::root, "config");
  advance(40s, 1s);
  BOOST_TEST(roster::instance().timing());
  advance(30s, 1s);
  BOOST_TEST(!roster::instance().timing());
}

BOOST_AUTO_TEST_CASE(a_trace_of_a_second_comes_at_once) {
  ask(test::root, "trace");
  tell(users, identify{1000, ports});
  BOOST_TEST(traced() == "");
  advance(1s);
  BOOST_TEST(traced() == "identify look_up_user user_looked_up .");
  BOOST_TEST(!roster::instance().tracing());
  tell(users, identify{1000, ports});
  BOOST_TEST(traced() == "");
}

BOOST_AUTO_TEST_CASE(a_trace_names_those_who_have_ended_since) {
  ask(test::root, "trace");
  tell(users, identify{1000, ports});
  const auto name = "user_directory " + std::to_string(users.id());
  crash(users);
  advance(1s);
  const json parsed{
      std::get<protocol::debug_report>(*session.only<answer_part>().what).json};
  BOOST_TEST(parsed["messages"][0]["to"].str() == name);
}

BOOST_AUTO_TEST_CASE(a_trace_is_followed_part_by_part_without_tracing_itself) {
  ask(test::root, "trace", {}, true);
  tell(users, identify{1000, ports});
  BOOST_TEST(traced() == "identify look_up_user ");
  tell(users, identify{1000, ports});
  tell(users, identify{1000, ports});
  BOOST_TEST(traced() == "");
  tell(inspector, stream_more{{session, sequence}});
  BOOST_TEST(traced() == "user_looked_up identify identify ");
  crash(session);
  BOOST_TEST(!roster::instance().tracing());
}

BOOST_AUTO_TEST_CASE(a_trace_of_a_user_leaves_out_what_is_nobodys) {
  ask(test::root, "trace", {}, true, "bob");
  BOOST_TEST(directory.only<identify_name>().name == "bob");
  tell(inspector, identified{1001, "bob", test::bob});
  tell(users, identify{1000, ports});
  BOOST_TEST(traced() == "");
}

BOOST_AUTO_TEST_SUITE_END()
