#include "actors/session.hpp"
#include "protocol/codec.hpp"
#include "protocol/frame.hpp"
#include "test/support/actor_fixture.hpp"
#include "test/support/asking.hpp"
#include "test/support/people.hpp"

using namespace hiisi;
using namespace hiisi::actors;
using namespace std::chrono_literals;
using protocol::errc;
using protocol::make_error;
using test::asking;

namespace {

struct fixture : test::actor_fixture {
  test::fake_actor broker = make_fake();
  test::fake_actor host = make_fake();
  test::fake_actor ports = make_fake();
  test::fake_actor directory = make_fake();
  test::fake_actor events = make_fake();
  caf::actor session;

  fixture() {
    session = keep(
        spawn_session(*self(), {broker, host, ports, directory, events},
                      {"1.0.0", 4711, 999, true}, 17, {4242, 1000, 1000}));
    tell(session, identified{1000, "", test::alice});
  }

  void ask(protocol::command what) {
    tell(session, frame_received{protocol::encode(
                      protocol::request{std::move(what), {}, 2})});
  }
  void part(uint64_t sequence, uint64_t number, bool last = false) {
    protocol::event e;
    e.number = number;
    tell(session, answer_part{sequence,
                              std::make_shared<protocol::payload>(
                                  protocol::event_list{{std::move(e)}}),
                              last});
  }
  /// What went to the broker since the last look: "1+" is event 1 with more to
  /// come, "!" that the session wants to know when it is taken.
  std::string take() {
    std::string out;
    for (const auto& ready : broker.all<frames_ready>()) {
      protocol::frame_decoder decoder;
      decoder.feed(ready.bytes);
      while (auto body = decoder.next()) {
        const auto r = protocol::decode_response(*body);
        BOOST_TEST_REQUIRE(r.ok());
        if (const auto* list = std::get_if<protocol::event_list>(&r->what))
          out += std::to_string(list->entries.at(0).number);
        else
          out += "other";
        out += r->more ? "+ " : " ";
      }
      out += ready.wants_more ? "! " : "";
    }
    broker.forget();
    return out;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(session_streams, fixture)

BOOST_AUTO_TEST_CASE(parts_go_out_and_the_next_is_asked_for_when_taken) {
  ask(protocol::events_request{});
  BOOST_TEST(events.only<events_submission>().what.by->pid == 4242);
  part(0, 1);
  BOOST_TEST(take() == "1+ ! ");
  BOOST_TEST(events.count<stream_more>() == 0u);
  tell(session, output_taken{});
  BOOST_TEST(events.only<stream_more>().reply_to.sequence == 0u);
  part(0, 2, true);
  BOOST_TEST(take() == "2 ");
  tell(session, output_taken{});
  BOOST_TEST(events.count<stream_more>() == 1u);
}

BOOST_AUTO_TEST_CASE(a_list_waits_for_the_answers_before_it) {
  ask(protocol::start_request{1u});
  ask(protocol::status_request{});
  // It looks, so what changes something comes first.
  ask(protocol::events_request{});
  BOOST_TEST(events.empty());
  tell(session, answer{0, std::make_shared<protocol::payload>(
                              protocol::process_started{1, ""})});
  BOOST_TEST(events.count<events_submission>() == 1u);
  part(2, 1);
  BOOST_TEST(take() == "other ");
  tell(session,
       answer{1, std::make_shared<protocol::payload>(protocol::status_list{})});
  BOOST_TEST(take() == "other 1+ ! ");
}

BOOST_AUTO_TEST_CASE(what_follows_a_list_waits_for_its_end) {
  ask(protocol::events_request{});
  ask(protocol::version_request{});
  BOOST_TEST(take() == "");
  part(0, 1);
  BOOST_TEST(take() == "1+ ! ");
  part(0, 2, true);
  BOOST_TEST(take() == "2 other ");
}

BOOST_AUTO_TEST_CASE(a_list_may_end_in_an_error) {
  ask(protocol::events_request{});
  tell(session, answer{0, std::make_shared<protocol::payload>(
                              make_error(errc::not_found, "none"))});
  BOOST_TEST(take() == "other ");
}

BOOST_AUTO_TEST_CASE(a_list_that_is_followed_is_never_given_up) {
  ask(asking([](auto& r) { r.follow = true; }));
  tell(session, someone_failed{});
  advance(10s);
  BOOST_TEST(take() == "");
  part(0, 1);
  BOOST_TEST(take() == "1+ ! ");
}

BOOST_AUTO_TEST_CASE(that_a_limit_is_reached_is_an_event) {
  ask(protocol::start_request{1u});
  tell(session, answer{0, std::make_shared<protocol::payload>(make_error(
                              errc::limit_exceeded, "50 processes are all"))});
  const auto told = events.only<happened>().what;
  BOOST_TEST((told.what == protocol::event_kind::refusal));
  BOOST_TEST((told.uid == 1000u));
  BOOST_TEST(told.by.pid == 4242);
  BOOST_TEST(told.text == "50 processes are all");
  ask(protocol::start_request{1u});
  tell(session, answer{1, std::make_shared<protocol::payload>(
                              make_error(errc::not_found, "no process 1"))});
  BOOST_TEST(events.count<happened>() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
