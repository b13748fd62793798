#include "actors/session.hpp"
#include "protocol/codec.hpp"
#include "protocol/frame.hpp"
#include "protocol/limits.hpp"
#include "test/support/actor_fixture.hpp"
#include "test/support/people.hpp"

using namespace hiisi;
using namespace hiisi::actors;
using namespace std::chrono_literals;
using protocol::errc;
using protocol::request;

namespace {

struct fixture : test::actor_fixture {
  test::fake_actor broker = make_fake();
  test::fake_actor host = make_fake();
  test::fake_actor ports = make_fake();
  test::fake_actor directory = make_fake();
  caf::actor session;

  void begin(uint32_t peer, bool system = true, uint32_t daemon_uid = 999) {
    session = keep(spawn_session(*self(), {broker, host, ports, directory},
                                 {"1.0.0", 4711, daemon_uid, system}, 17,
                                 {4242, peer, peer}));
    run();
  }
  /// Begins, and the user database answers.
  void begin_as(identity_ptr who) {
    begin(who->uid);
    tell(session, identified{who->uid, "", std::move(who)});
  }

  void send_body(std::string body) {
    tell(session, frame_received{std::move(body)});
  }
  void ask(protocol::command what, std::string user = {},
           uint32_t version = 2) {
    send_body(
        protocol::encode(request{std::move(what), std::move(user), version}));
  }
  void settle(const ticket& to, protocol::payload what) {
    BOOST_TEST((to.session == session));
    tell(session, answer{to.sequence,
                         std::make_shared<protocol::payload>(std::move(what))});
  }
  /// What went to the broker since the last look: bodies, in order.
  std::vector<std::string> take_bodies() {
    std::vector<std::string> bodies;
    protocol::frame_decoder decoder;
    for (const auto& ready : broker.all<frames_ready>()) {
      BOOST_TEST(ready.connection == 17u);
      decoder.feed(ready.bytes);
    }
    while (auto body = decoder.next())
      bodies.push_back(*std::move(body));
    BOOST_TEST(!decoder.partial());
    broker.forget();
    return bodies;
  }
  /// The same, as words.
  std::string take_answers() {
    std::string out;
    for (const auto& body : take_bodies()) {
      auto r = protocol::decode_response(body);
      BOOST_TEST_REQUIRE(r.ok(), body);
      out += (out.empty() ? "" : ", ")
             + std::visit([](const auto& p) { return word(p); }, r->what);
    }
    return out;
  }
  static std::string word(const protocol::process_started& p) {
    return "started " + std::to_string(p.id);
  }
  static std::string word(const protocol::process_stopped&) {
    return "stopped";
  }
  static std::string word(const protocol::status_list& p) {
    return "list of " + std::to_string(p.entries.size());
  }
  static std::string word(const protocol::version_info& p) {
    return "version " + p.version;
  }
  static std::string word(const protocol::port_allocated& p) {
    return "port " + std::to_string(p.port);
  }
  static std::string word(const protocol::error& p) {
    return std::string{to_string(p.code)};
  }
  template <class Other>
  static std::string word(const Other&) {
    return "something else";
  }
  submission asked(size_t number) const {
    auto all = host.all<submission>();
    BOOST_TEST_REQUIRE(number < all.size());
    return all[number];
  }
};

protocol::status_list list_of(size_t count, std::string cwd = "/") {
  protocol::status_list list;
  for (size_t i = 0; i < count; ++i) {
    protocol::status_entry e;
    e.id = static_cast<uint32_t>(i + 1);
    e.name = "p" + std::to_string(i);
    e.user = "alice";
    e.full = true;
    e.argv = {"./p"};
    e.cwd = cwd;
    list.entries.push_back(std::move(e));
  }
  return list;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(session, fixture)

// -- order --------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(answers_come_in_the_order_of_the_requests) {
  begin_as(test::alice);
  for (uint32_t id : {1u, 2u, 3u})
    ask(protocol::start_request{id});
  BOOST_TEST(host.count<submission>() == 3u);
  settle(asked(2).reply_to, protocol::process_started{3, ""});
  settle(asked(1).reply_to, protocol::process_started{2, ""});
  BOOST_TEST(take_answers() == "");
  settle(asked(0).reply_to, protocol::process_started{1, ""});
  BOOST_TEST(take_answers() == "started 1, started 2, started 3");
}

BOOST_AUTO_TEST_CASE(what_changes_is_sent_on_all_at_once) {
  begin_as(test::alice);
  for (uint32_t id = 1; id <= 1000; ++id)
    send(session, frame_received{protocol::encode(
                      request{protocol::stop_request{id}, "", 2})});
  run();
  BOOST_TEST(host.count<submission>() == 1000u);
}

BOOST_AUTO_TEST_CASE(a_look_waits_for_the_changes_before_it) {
  begin_as(test::alice);
  ask(protocol::start_request{1u});
  ask(protocol::start_request{2u});
  ask(protocol::status_request{});
  ask(protocol::stop_request{3u});
  BOOST_TEST(host.count<submission>() == 2u);
  settle(asked(1).reply_to, protocol::process_started{2, ""});
  BOOST_TEST(host.count<submission>() == 2u);
  settle(asked(0).reply_to, protocol::process_started{1, ""});
  // Now the look, and the change behind it with it.
  BOOST_TEST(host.count<submission>() == 4u);
  settle(asked(3).reply_to, protocol::process_stopped{});
  settle(asked(2).reply_to, list_of(2));
  BOOST_TEST(take_answers() == "started 1, started 2, list of 2, stopped");
}

BOOST_AUTO_TEST_CASE(looks_do_not_wait_for_looks) {
  begin_as(test::alice);
  ask(protocol::status_request{});
  ask(protocol::port_lookup_request{});
  ask(protocol::version_request{});
  BOOST_TEST(host.count<submission>() == 1u);
  BOOST_TEST(ports.count<port_submission>() == 1u);
  BOOST_TEST(take_answers() == "");
  settle(asked(0).reply_to, list_of(0));
  settle(ports.only<port_submission>().what.reply_to, protocol::port_list{});
  BOOST_TEST(take_answers() == "list of 0, something else, version 1.0.0");
}

BOOST_AUTO_TEST_CASE(what_is_long_is_read_elsewhere_and_keeps_its_place) {
  const auto decoder = make_fake();
  session_neighbours to{broker, host, ports, directory};
  to.decoder = decoder;
  session = keep(spawn_session(*self(), to, {"1.0.0", 4711, 999, true}, 17,
                               {4242, 1000, 1000}));
  run();
  tell(session, identified{1000, "", test::alice});
  auto body = protocol::encode(request{protocol::stop_request{7u}, {}, 2});
  body.append(100'000, ' ');
  send_body(body);
  ask(protocol::stop_request{8u});
  send_body(std::string(100'000, '['));
  BOOST_TEST(host.empty());
  const auto long_ones = decoder.all<decode_body>();
  BOOST_TEST_REQUIRE(long_ones.size() == 2u);
  BOOST_TEST((long_ones[0].body == body));
  auto read = protocol::decode_request(body);
  BOOST_TEST_REQUIRE(read.ok());
  tell(session, body_decoded{long_ones[0].sequence,
                             std::make_shared<request>(*std::move(read)), 2});
  const auto asked = host.all<submission>();
  BOOST_TEST_REQUIRE(asked.size() == 2u);
  tell(session,
       body_decoded{long_ones[1].sequence,
                    protocol::make_error(errc::bad_request, "deep"), 2});
  settle(asked[1].reply_to, protocol::process_started{8, ""});
  BOOST_TEST(take_answers() == "");
  settle(asked[0].reply_to, protocol::process_started{7, ""});
  BOOST_TEST(take_answers() == "started 7, started 8, bad_request");
}

BOOST_AUTO_TEST_CASE(an_answer_counts_once) {
  begin_as(test::alice);
  ask(protocol::start_request{1u});
  ask(protocol::start_request{2u});
  settle(asked(1).reply_to, protocol::process_started{2, ""});
  settle(asked(1).reply_to, protocol::process_started{22, ""});
  settle(asked(0).reply_to, protocol::process_started{1, ""});
  settle(asked(0).reply_to, protocol::process_started{11, ""});
  BOOST_TEST(take_answers() == "started 1, started 2");
  ask(protocol::status_request{});
  BOOST_TEST(host.count<submission>() == 3u);
}

BOOST_AUTO_TEST_CASE(the_bytes_of_settled_requests_are_reported) {
  begin_as(test::alice);
  const auto body
      = protocol::encode(request{protocol::start_request{1u}, "", 2});
  send_body(body);
  send_body("rubbish");
  settle(asked(0).reply_to, protocol::process_started{1, ""});
  BOOST_TEST(broker.only<frames_ready>().done == body.size() + 7);
}

// -- what cannot be read ------------------------------------------------------

BOOST_AUTO_TEST_CASE(errors_take_their_place_in_the_order) {
  begin_as(test::alice);
  ask(protocol::start_request{1u});
  send_body("not json");
  send_body(R"({"version":2,"cmd":"Dance","user":""})");
  ask(protocol::start_request{2u});
  settle(asked(1).reply_to, protocol::process_started{2, ""});
  BOOST_TEST(take_answers() == "");
  settle(asked(0).reply_to, protocol::process_started{1, ""});
  const auto answers = take_answers();
  BOOST_TEST(answers.starts_with("started 1, "), answers);
  BOOST_TEST(answers.ends_with(", started 2"), answers);
}

BOOST_AUTO_TEST_CASE(an_error_is_answered_before_the_caller_is_known) {
  begin(1000);
  send_body("not json");
  // The sender's version cannot be told, so it is the first Hiisi's shape.
  const auto bodies = take_bodies();
  BOOST_TEST_REQUIRE(bodies.size() == 1u);
  BOOST_TEST(bodies[0].find("Error") != std::string::npos, bodies[0]);
  BOOST_TEST(bodies[0].find("bad_request") == std::string::npos, bodies[0]);
}

// -- versions -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(each_request_is_answered_in_its_own_version) {
  begin_as(test::alice);
  send_body(R"({"cmd":{"Stop":{"id":1}},"user":"alice"})");
  ask(protocol::stop_request{1u});
  BOOST_TEST_REQUIRE(host.count<submission>() == 2u);
  BOOST_TEST(asked(0).what->version == 1u);
  BOOST_TEST(asked(1).what->version == 2u);
  const auto gone
      = protocol::make_error(errc::not_found, "no process 1", "look");
  settle(asked(0).reply_to, gone);
  settle(asked(1).reply_to, gone);
  const auto bodies = take_bodies();
  BOOST_TEST_REQUIRE(bodies.size() == 2u);
  BOOST_TEST(bodies[0] == protocol::encode({gone, false}, 1));
  BOOST_TEST(bodies[1] == protocol::encode({gone, false}, 2));
  BOOST_TEST(bodies[0] != bodies[1]);
}

BOOST_AUTO_TEST_CASE(a_long_list_comes_in_several_frames) {
  begin_as(test::alice);
  ask(protocol::status_request{});
  const auto list = list_of(3000, std::string(1000, 'd'));
  settle(asked(0).reply_to, list);
  const auto bodies = take_bodies();
  BOOST_TEST(bodies.size() >= 3u);
  std::vector<protocol::status_entry> got;
  for (size_t i = 0; i < bodies.size(); ++i) {
    BOOST_TEST(bodies[i].size() < 2 * protocol::stream_frame_bytes);
    auto r = protocol::decode_response(bodies[i]);
    BOOST_TEST_REQUIRE(r.ok());
    BOOST_TEST(r->more == (i + 1 < bodies.size()));
    for (auto& e : std::get<protocol::status_list>(r->what).entries)
      got.push_back(std::move(e));
  }
  BOOST_TEST_REQUIRE(got.size() == list.entries.size());
  BOOST_TEST((got.front().id == 1u && got.back().id == 3000u));
}

BOOST_AUTO_TEST_CASE(an_old_client_gets_a_long_list_in_one_frame) {
  begin_as(test::alice);
  send_body(R"({"cmd":"Status","user":"alice"})");
  settle(asked(0).reply_to, list_of(3000, std::string(1000, 'd')));
  BOOST_TEST(take_bodies().size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_no_frame_can_hold_is_an_error) {
  begin_as(test::alice);
  send_body(R"({"cmd":"Status","user":"alice"})");
  auto list = list_of(20);
  for (auto& e : list.entries)
    e.argv = {std::string(1024 * 1024, 'x')};
  settle(asked(0).reply_to, std::move(list));
  const auto bodies = take_bodies();
  BOOST_TEST_REQUIRE(bodies.size() == 1u);
  BOOST_TEST(bodies[0].find("longer than a frame") != std::string::npos,
             bodies[0].substr(0, 200));
}

// -- who it is ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(nothing_is_sent_on_before_the_caller_is_known) {
  begin(1000);
  BOOST_TEST(directory.only<identify>().uid == 1000u);
  ask(protocol::start_request{1u});
  ask(protocol::version_request{});
  BOOST_TEST(host.empty());
  tell(session, identified{1000, "", test::alice});
  BOOST_TEST((asked(0).caller == test::alice));
}

BOOST_AUTO_TEST_CASE(who_is_not_in_the_user_database_is_told_so) {
  begin(1234);
  ask(protocol::start_request{1u});
  tell(session,
       identified{1234, "", protocol::make_error(errc::not_found, "no user")});
  ask(protocol::start_request{1u});
  BOOST_TEST(take_answers() == "not_found, not_found");
  BOOST_TEST(host.empty());
}

BOOST_AUTO_TEST_CASE(a_claim_to_be_somebody_else_is_ignored) {
  begin_as(test::alice);
  ask(protocol::start_request{1u}, "root");
  ask(protocol::start_request{1u}, "bob");
  BOOST_TEST((asked(0).caller == test::alice));
  BOOST_TEST((asked(1).caller == test::alice));
  BOOST_TEST(directory.count<identify_name>() == 0u);
}

BOOST_AUTO_TEST_CASE(not_even_an_administrator_acts_for_another) {
  begin_as(test::admin);
  ask(protocol::start_request{1u}, "bob");
  BOOST_TEST((asked(0).caller == test::admin));
}

BOOST_AUTO_TEST_CASE(root_acts_for_whom_it_names) {
  begin_as(test::root);
  ask(protocol::start_request{1u}, "bob");
  ask(protocol::start_request{2u});
  ask(protocol::start_request{3u}, "root");
  ask(protocol::start_request{4u}, "bob");
  // What follows waits, so that the order is kept.
  BOOST_TEST(host.empty());
  BOOST_TEST(directory.only<identify_name>().name == "bob");
  tell(session, identified{1001, "bob", test::bob});
  BOOST_TEST((asked(0).caller == test::bob));
  BOOST_TEST((asked(1).caller == test::root));
  // Whoever it acts for, it is on record that root did.
  BOOST_TEST(asked(0).by->user == "root");
  BOOST_TEST(asked(0).by->uid == 0u);
  BOOST_TEST(asked(0).by->pid == 4242);
  BOOST_TEST((asked(2).caller == test::root));
  BOOST_TEST((asked(3).caller == test::bob));
}

BOOST_AUTO_TEST_CASE(root_cannot_act_for_nobody) {
  begin_as(test::root);
  ask(protocol::start_request{1u}, "nobody-here");
  ask(protocol::start_request{2u});
  tell(session, identified{0, "nobody-here",
                           protocol::make_error(errc::not_found, "no user")});
  BOOST_TEST(take_answers() == "not_found");
  BOOST_TEST((asked(0).caller == test::root));
}

BOOST_AUTO_TEST_CASE(in_a_users_own_daemon_everybody_is_that_user) {
  begin(0, false, 1000);
  BOOST_TEST(directory.only<identify>().uid == 1000u);
  tell(session, identified{1000, "", test::alice});
  ask(protocol::start_request{1u}, "bob");
  BOOST_TEST(asked(0).caller->uid == 1000u);
  // And administers it.
  BOOST_TEST(asked(0).caller->administrator);
}

BOOST_AUTO_TEST_CASE(the_daemon_says_who_it_is) {
  begin_as(test::alice);
  ask(protocol::version_request{});
  auto r = protocol::decode_response(take_bodies().at(0));
  BOOST_TEST_REQUIRE(r.ok());
  const auto& v = std::get<protocol::version_info>(r->what);
  BOOST_TEST(v.version == "1.0.0");
  BOOST_TEST(v.protocol == protocol::protocol_version);
  BOOST_TEST(v.pid == 4711);
  BOOST_TEST(v.uid == 999u);
  BOOST_TEST(v.system);
}

// -- failures -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(after_a_failure_what_stays_unanswered_is_given_up) {
  begin_as(test::alice);
  ask(protocol::start_request{1u});
  ask(protocol::stop_request{2u});
  tell(session, someone_failed{});
  ask(protocol::stop_request{3u});
  settle(asked(1).reply_to, protocol::process_stopped{});
  advance(4900ms);
  BOOST_TEST(take_answers() == "");
  advance(100ms);
  BOOST_TEST(take_answers() == "timed_out, stopped");
  // What came after the failure is waited for, however long it takes.
  advance(600s, 10s);
  BOOST_TEST(take_answers() == "");
  settle(asked(0).reply_to, protocol::process_started{1, ""});
  settle(asked(2).reply_to, protocol::process_stopped{});
  BOOST_TEST(take_answers() == "stopped");
}

BOOST_AUTO_TEST_CASE(giving_up_a_change_lets_the_looks_behind_it_go) {
  begin_as(test::alice);
  ask(protocol::start_request{1u});
  ask(protocol::status_request{});
  tell(session, someone_failed{});
  advance(5s);
  BOOST_TEST(host.count<submission>() == 2u);
  settle(asked(1).reply_to, list_of(1));
  BOOST_TEST(take_answers() == "timed_out, list of 1");
}

BOOST_AUTO_TEST_CASE(nothing_is_armed_while_nothing_fails) {
  begin_as(test::alice);
  ask(protocol::stop_request{1u});
  BOOST_TEST(!has_timers());
  settle(asked(0).reply_to, protocol::process_stopped{});
  tell(session, someone_failed{});
  BOOST_TEST(!has_timers());
}

BOOST_AUTO_TEST_CASE(it_ends_with_its_connection) {
  begin_as(test::alice);
  ask(protocol::start_request{1u});
  const auto waiting = asked(0).reply_to;
  tell(session, connection_lost{});
  tell(session,
       answer{waiting.sequence, std::make_shared<protocol::payload>(
                                    protocol::process_started{1, ""})});
  BOOST_TEST(broker.empty());
}

BOOST_AUTO_TEST_SUITE_END()
