#include "test/support/broker_fixture.hpp"

using namespace hiisi;
using namespace hiisi::actors;
using namespace std::chrono_literals;
using protocol::errc;

BOOST_FIXTURE_TEST_SUITE(socket_broker, test::broker_fixture)

// -- frames -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_request_is_answered) {
  begin();
  const auto client = connect(10);
  ask(client, protocol::version_request{});
  BOOST_TEST(take_answers(client) == "version");
}

BOOST_AUTO_TEST_CASE(frames_are_found_in_any_chunking) {
  const auto bytes = frame_of(protocol::version_request{})
                     + frame_of(protocol::start_request{1u})
                     + frame_of(protocol::version_request{});
  begin();
  int fd = 10;
  for (size_t chunk : {size_t{1}, size_t{2}, size_t{3}, size_t{5}, size_t{7},
                       size_t{64}, bytes.size()}) {
    const auto client = connect(fd++);
    const auto before = host.count<submission>();
    for (size_t i = 0; i < bytes.size(); i += chunk)
      put(client, std::string_view{bytes}.substr(i, chunk));
    BOOST_TEST(host.count<submission>() == before + 1);
    answer_last(7);
    BOOST_TEST(take_answers(client) == "version, started 7, version");
  }
}

BOOST_AUTO_TEST_CASE(a_large_frame_comes_through) {
  begin();
  const auto client = connect(10);
  protocol::run_request r;
  r.argv = {"x"};
  r.cwd = "/";
  r.env = {{"BIG", std::string(1'000'000, 'b')}};
  ask(client, r);
  BOOST_TEST_REQUIRE(host.count<submission>() == 1u);
  const auto got = host.last<submission>().what;
  BOOST_TEST((std::get<protocol::run_request>(got->what).env == r.env));
  ask(client, protocol::stop_request{1u});
  BOOST_TEST(host.count<submission>() == 2u);
}

BOOST_AUTO_TEST_CASE(an_oversize_frame_is_refused_at_its_header) {
  begin();
  const auto client = connect(10);
  put(client, std::string("\x01\x00\x00\x01", 4));
  BOOST_TEST(take_answers(client)
             == "a frame of 16777217 bytes was announced; at most 16777216 "
                "are taken");
  BOOST_TEST(closed(client));
}

BOOST_AUTO_TEST_CASE(who_takes_no_answers_is_not_sent_a_refusal_either) {
  begin();
  const auto client = connect(10);
  ask(client, protocol::version_request{});
  transferred(client, 50);
  take(client);
  put(client, std::string("\xff\xff\xff\xff", 4));
  BOOST_TEST(take(client) == "");
  BOOST_TEST(was_cut(10));
}

// -- ends ---------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_answer_never_reaches_the_next_owner_of_a_descriptor) {
  begin();
  const auto first = connect(10, 1000);
  ask(first, protocol::stop_request{1u});
  const auto waiting = host.last<submission>().reply_to;
  tell(broker, caf::io::connection_closed_msg{first});
  multiplexer().stopped_reading(first) = true;
  const auto second = connect(10, 1001);
  BOOST_TEST(directory.last<identify>().uid == 1001u);
  take(second);
  tell(waiting.session,
       answer{waiting.sequence, std::make_shared<protocol::payload>(
                                    protocol::process_started{1, ""})});
  // Not even a session that lives a moment too long gets through.
  tell(broker, frames_ready{1, "secret", 0});
  BOOST_TEST(take(second) == "");
}

BOOST_AUTO_TEST_CASE(a_session_that_fails_ends_its_connection) {
  begin();
  const auto client = connect(10);
  const auto other = connect(11);
  crash(directory.all<identify>()[0].asker);
  BOOST_TEST(was_cut(10));
  BOOST_TEST(closed(client));
  ask(other, protocol::version_request{});
  BOOST_TEST(take_answers(other) == "version");
}

BOOST_AUTO_TEST_CASE(a_failure_elsewhere_is_told_to_those_who_wait) {
  begin();
  BOOST_TEST((host.only<watch_failures>().watcher == broker));
  const auto waiting = connect(10);
  const auto idle = connect(11);
  ask(waiting, protocol::stop_request{1u});
  tell(broker, someone_failed{});
  advance(5s);
  BOOST_TEST(take_answers(waiting)
             == "a part of hiidet failed while this was being done");
  BOOST_TEST(take_answers(idle) == "");
}

BOOST_AUTO_TEST_CASE(a_flood_is_handed_on_in_turns) {
  begin();
  const auto hers = connect(5);
  const auto his = connect(6, 1001);
  std::string flood;
  for (int i = 0; i < 100; ++i)
    flood += frame_of(protocol::stop_request{7u});
  const auto one = frame_of(protocol::stop_request{8u});
  multiplexer().virtual_send(hers, {flood.begin(), flood.end()});
  multiplexer().virtual_send(his, {one.begin(), one.end()});
  run();
  const auto asked = host.all<submission>();
  BOOST_TEST_REQUIRE(asked.size() == 101u);
  const auto his_place
      = std::find_if(asked.begin(), asked.end(),
                     [](const auto& m) { return m.caller->uid == 1001; })
        - asked.begin();
  // It has waited for two turns of hers at most.
  BOOST_TEST(his_place < 65);
  BOOST_TEST(host.count<ping>() == 3u);
}

BOOST_AUTO_TEST_CASE(who_leaves_answers_unread_gets_no_more_of_them) {
  begin();
  const auto handle = connect(5);
  const std::string large(300'000, 'x');
  ask(handle, protocol::stop_request{7u});
  const auto to = host.last<submission>().reply_to;
  tell(to.session,
       answer{to.sequence, std::make_shared<protocol::payload>(
                               protocol::make_error(errc::internal, large))});
  ask(handle, protocol::stop_request{8u});
  BOOST_TEST(host.count<submission>() == 1u);
  // It takes the answer, and is asked for what it wants next.
  transferred(handle);
  BOOST_TEST(host.count<submission>() == 2u);
}

BOOST_AUTO_TEST_CASE(memory_that_was_much_is_given_back) {
  const auto decoder = make_fake();
  reader = decoder;
  begin();
  const auto client = connect(5);
  const auto answer_of = [&](size_t size) {
    ask(client, protocol::stop_request{7u});
    const auto to = host.last<submission>().reply_to;
    tell(to.session,
         answer{to.sequence,
                std::make_shared<protocol::payload>(protocol::make_error(
                    errc::internal, std::string(size, 'x')))});
  };
  answer_of(1000);
  transferred(client);
  BOOST_TEST(decoder.count<memory_freed>() == 0u);
  answer_of(2'000'000);
  transferred(client, 1000);
  BOOST_TEST(decoder.count<memory_freed>() == 0u);
  transferred(client);
  BOOST_TEST(decoder.count<memory_freed>() == 1u);
  // Once, not at every answer from then on.
  answer_of(1000);
  transferred(client);
  BOOST_TEST(decoder.count<memory_freed>() == 1u);
}

BOOST_AUTO_TEST_CASE(a_ping_is_returned) {
  begin();
  send(broker, ping{});
  run();
  bool answered = false;
  self()->receive([&](ping) { answered = true; });
  BOOST_TEST(answered);
}

BOOST_AUTO_TEST_SUITE_END()
