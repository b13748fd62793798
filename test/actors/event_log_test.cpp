#include "actors/event_log.hpp"
#include "actors/event_reader.hpp"
#include "test/support/actor_fixture.hpp"
#include "test/support/asking.hpp"
#include "test/support/people.hpp"
#include "test/support/temp_dir.hpp"

using namespace hiisi;
using namespace hiisi::actors;
using namespace std::chrono_literals;
using protocol::event_kind;
using protocol::events_request;
using test::asking;

namespace {

struct fixture : test::actor_fixture {
  test::temp_dir place;
  test::fake_actor session = make_fake();
  test::fake_actor directory = make_fake();
  std::vector<std::string> warnings;
  std::vector<uint64_t> journal;
  caf::actor log;

  void begin(core::event_budget_settings budget = {},
             size_t file_bytes = 1 << 20) {
    auto opened = os::line_log::open({place.path(), "events", file_bytes, 5});
    BOOST_REQUIRE(opened.ok());
    log = keep(spawn_event_log(
        system(),
        {*std::move(opened), budget,
         [this](const protocol::event& e) { journal.push_back(e.number); },
         [this](std::string_view text) { warnings.emplace_back(text); },
         directory},
        false));
    run();
  }

  static protocol::event event_of(identity_ptr who, uint32_t id = 7,
                                  std::string name = "web") {
    protocol::event e;
    e.at = protocol::wall_time{100s};
    e.what = event_kind::start;
    if (who) {
      e.uid = who->uid;
      e.user = who->name;
      e.id = id;
      e.name = std::move(name);
    }
    return e;
  }

  void happen(identity_ptr who, uint32_t id = 7, std::string name = "web") {
    tell(log, happened{event_of(std::move(who), id, std::move(name))});
  }

  void ask(identity_ptr who, events_request what, uint64_t sequence = 1) {
    session.forget();
    tell(log, events_submission{test::submit(session, sequence, std::move(who),
                                             std::move(what))});
  }

  /// The numbers of the events in the parts that came since the last question,
  /// with "." behind the last part.
  std::string numbers() const {
    std::string out;
    for (const auto& part : session.all<answer_part>()) {
      for (const auto& e : std::get<protocol::event_list>(*part.what).entries)
        out += (out.empty() ? "" : " ") + std::to_string(e.number);
      out += part.last ? "." : "";
    }
    return out;
  }
  std::string refusal() const {
    return std::get<protocol::error>(*session.only<answer>().what).message;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(event_log_actor, fixture)

BOOST_AUTO_TEST_CASE(what_happened_is_told_in_order) {
  begin();
  happen(test::alice);
  happen(test::alice, 8, "worker");
  ask(test::alice, {});
  BOOST_TEST(numbers() == "1 2.");
}

BOOST_AUTO_TEST_CASE(the_answer_has_what_came_in_before_the_question) {
  begin();
  send(log, happened{event_of(test::alice)});
  ask(test::alice, {});
  BOOST_TEST(numbers() == "1.");
}

BOOST_AUTO_TEST_CASE(nobody_sees_anothers_but_administrators_see_all) {
  begin();
  happen(test::alice);
  happen(test::bob);
  happen(nullptr);
  ask(test::bob, {});
  BOOST_TEST(numbers() == "2.");
  ask(test::admin, {});
  BOOST_TEST(numbers() == "1 2 3.");
  ask(test::root, {});
  BOOST_TEST(numbers() == "1 2 3.");
}

BOOST_AUTO_TEST_CASE(another_users_are_refused_and_ones_own_are_not) {
  begin();
  happen(test::alice);
  happen(test::bob);
  ask(test::bob, asking([](auto& r) { r.user = "alice"; }));
  BOOST_TEST(refusal() == "the events of alice are not yours to see");
  ask(test::bob, asking([](auto& r) { r.user = "bob"; }));
  BOOST_TEST(numbers() == "2.");
  BOOST_TEST(directory.empty());
}

BOOST_AUTO_TEST_CASE(an_administrator_may_name_a_user) {
  begin();
  happen(test::alice);
  happen(test::bob);
  ask(test::admin, asking([](auto& r) { r.user = "alice"; }));
  BOOST_TEST(session.empty());
  BOOST_TEST(directory.only<identify_name>().name == "alice");
  tell(log, identified{1000, "alice", test::alice});
  BOOST_TEST(numbers() == "1.");
  ask(test::admin, asking([](auto& r) { r.user = "nobody-here"; }));
  tell(log, identified{0, "nobody-here",
                       protocol::make_error(protocol::errc::not_found,
                                            "no such user")});
  BOOST_TEST(refusal() == "no such user");
}

BOOST_AUTO_TEST_CASE(a_history_is_one_process_alone) {
  begin();
  happen(test::alice, 7, "web");
  happen(test::alice, 8, "worker");
  happen(test::bob, 9, "web");
  ask(test::alice, asking([](auto& r) { r.what = 8u; }));
  BOOST_TEST(numbers() == "2.");
  ask(test::alice, asking([](auto& r) { r.what = std::string{"web"}; }));
  BOOST_TEST(numbers() == "1.");
  // An administrator's own word for a process is no other's.
  ask(test::admin, asking([](auto& r) { r.what = std::string{"web"}; }));
  BOOST_TEST(refusal() == "no events of a process named web of yours are kept");
  ask(test::admin, asking([](auto& r) { r.what = 9u; }));
  BOOST_TEST(numbers() == "3.");
}

BOOST_AUTO_TEST_CASE(of_anothers_process_there_is_nothing_to_see) {
  begin();
  happen(test::alice, 7);
  ask(test::bob, asking([](auto& r) { r.what = 7u; }));
  BOOST_TEST(refusal() == "no events of a process 7 are kept that you may see");
}

BOOST_AUTO_TEST_CASE(only_the_latest_are_told_where_that_is_asked) {
  begin();
  for (uint32_t i = 1; i <= 6; ++i)
    happen(i % 2 == 0 ? test::bob : test::alice, i);
  ask(test::alice, asking([](auto& r) { r.last = 2; }));
  BOOST_TEST(numbers() == "3 5.");
  ask(test::alice, asking([](auto& r) { r.last = 0; }));
  BOOST_TEST(numbers() == ".");
  ask(test::alice, asking([](auto& r) { r.last = 99; }));
  BOOST_TEST(numbers() == "1 3 5.");
}

BOOST_AUTO_TEST_CASE(the_latest_may_lie_in_several_files) {
  begin({}, 400); // A file holds one or two.
  for (uint32_t i = 1; i <= 6; ++i)
    happen(test::alice, i);
  ask(test::alice, asking([](auto& r) { r.last = 4; }));
  BOOST_TEST(numbers() == "3 4 5 6.");
}

BOOST_AUTO_TEST_CASE(a_time_leaves_out_what_was_before) {
  begin({}, 400);
  for (int i = 1; i <= 6; ++i) {
    auto e = event_of(test::alice);
    e.at = protocol::wall_time{std::chrono::seconds{i}};
    tell(log, happened{std::move(e)});
  }
  ask(test::alice, asking([](auto& r) { r.since = protocol::wall_time{4s}; }));
  BOOST_TEST(numbers() == "4 5 6.");
}

BOOST_AUTO_TEST_CASE(numbers_go_on_after_a_restart) {
  begin();
  happen(test::alice);
  happen(test::alice);
  {
    auto opened = os::line_log::open({place.path(), "events", 1 << 20, 5});
    BOOST_TEST(last_number(*opened) == 2u);
  }
  begin();
  happen(test::alice);
  ask(test::alice, {});
  BOOST_TEST(numbers() == "1 2 3.");
}

BOOST_AUTO_TEST_CASE(who_follows_is_told_as_it_happens) {
  begin();
  happen(test::alice);
  ask(test::alice, asking([](auto& r) { r.follow = true; }));
  BOOST_TEST(numbers() == "1");
  // The client has not taken the first part yet.
  happen(test::alice);
  BOOST_TEST(numbers() == "1");
  tell(log, stream_more{{session, 1}});
  BOOST_TEST(numbers() == "1 2");
  tell(log, stream_more{{session, 1}});
  happen(test::bob);
  BOOST_TEST(numbers() == "1 2");
  happen(test::alice);
  BOOST_TEST(numbers() == "1 2 4");
  BOOST_TEST(!has_timers());
}

BOOST_AUTO_TEST_CASE(a_slow_reader_gets_it_all_part_by_part) {
  begin();
  for (int i = 0; i < 3000; ++i)
    send(log, happened{event_of(test::alice)});
  run();
  ask(test::alice, {});
  size_t parts = 0;
  uint64_t next = 1;
  for (auto last = false; !last; ++parts) {
    const auto part = session.only<answer_part>();
    last = part.last;
    const auto& entries = std::get<protocol::event_list>(*part.what).entries;
    BOOST_TEST_REQUIRE((last || !entries.empty()));
    BOOST_TEST(entries.size() < 1500u);
    for (const auto& e : entries)
      BOOST_TEST_REQUIRE(e.number == next++);
    session.forget();
    if (!last)
      tell(log, stream_more{{session, 1}});
  }
  BOOST_TEST(next == 3001u);
  BOOST_TEST(parts >= 3u);
}

BOOST_AUTO_TEST_CASE(one_connection_has_so_many_lists_at_a_time) {
  begin();
  for (uint64_t i = 1; i <= 16; ++i)
    ask(test::alice, asking([](auto& r) { r.follow = true; }), i);
  BOOST_TEST(session.empty());
  ask(test::alice, asking([](auto& r) { r.follow = true; }), 17);
  BOOST_TEST((std::get<protocol::error>(*session.only<answer>().what).code
              == protocol::errc::limit_exceeded));
}

BOOST_AUTO_TEST_CASE(those_who_watch_are_told_until_they_look_away) {
  begin();
  const auto watcher = make_fake();
  happen(test::alice);
  tell(log, watch_events{watcher, true});
  happen(test::bob);
  BOOST_TEST(watcher.only<noted>().what->number == 2u);
  tell(log, watch_events{watcher, false});
  happen(test::bob);
  BOOST_TEST(watcher.count<noted>() == 1u);
}

BOOST_AUTO_TEST_CASE(a_storm_of_one_user_does_not_push_out_anothers) {
  begin({3, 0.001});
  for (int i = 0; i < 100; ++i)
    happen(test::bob);
  happen(test::alice);
  happen(nullptr);
  ask(test::root, {});
  BOOST_TEST(numbers() == "1 2 3 4 5.");
}

BOOST_AUTO_TEST_CASE(the_journal_has_every_event) {
  begin();
  happen(test::alice);
  happen(nullptr);
  BOOST_TEST((journal == std::vector<uint64_t>{1, 2}));
}

BOOST_AUTO_TEST_CASE(a_line_that_is_no_event_is_passed_over) {
  begin();
  happen(test::alice);
  auto other = os::line_log::open({place.path(), "events", 1 << 20, 5});
  BOOST_REQUIRE(other->append("mended by hand\n").ok());
  happen(test::alice);
  ask(test::alice, {});
  BOOST_TEST(numbers() == "1 2.");
}

BOOST_AUTO_TEST_SUITE_END()
