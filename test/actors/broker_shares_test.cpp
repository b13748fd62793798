#include "test/support/broker_fixture.hpp"

using namespace hiisi;
using namespace hiisi::actors;

BOOST_FIXTURE_TEST_SUITE(broker_shares, test::broker_fixture)

BOOST_AUTO_TEST_CASE(the_peer_is_whom_the_kernel_says) {
  begin();
  connect(10, 1000);
  connect(11, 1001);
  const auto asked = directory.all<identify>();
  BOOST_TEST_REQUIRE(asked.size() == 2u);
  BOOST_TEST(asked[0].uid == 1000u);
  BOOST_TEST(asked[1].uid == 1001u);
}

BOOST_AUTO_TEST_CASE(who_is_not_served_is_told_so) {
  begin();
  const auto client = knock(10);
  BOOST_TEST(take_answers(client) == "this hiidet does not serve you");
  BOOST_TEST(closed(client));
  BOOST_TEST(directory.empty());
}

BOOST_AUTO_TEST_CASE(a_user_has_so_many_connections_and_others_have_theirs) {
  begin({2, 1 << 20, 1 << 20});
  connect(10);
  const auto second = connect(11);
  const auto third = connect(12);
  BOOST_TEST(
      take_answers(third)
      == "you have 2 connections to hiidet open, and 2 is the limit: close "
         "some of them, or ask an administrator of this host for more; "
         "hiisi quota shows your limits");
  BOOST_TEST(closed(third));
  const auto other = connect(13, 1001);
  ask(other, protocol::version_request{});
  BOOST_TEST(take_answers(other) == "version");
  // One that closes makes room.
  tell(broker, caf::io::connection_closed_msg{second});
  const auto fourth = connect(14);
  ask(fourth, protocol::version_request{});
  BOOST_TEST(take_answers(fourth) == "version");
}

BOOST_AUTO_TEST_CASE(other_limits_count_for_what_comes) {
  begin();
  connect(10);
  tell(broker, limit_connections{{1, 1 << 20, 1 << 20}});
  BOOST_TEST(
      take_answers(connect(11))
      == "you have 1 connections to hiidet open, and 1 is the limit: close "
         "some of them, or ask an administrator of this host for more; "
         "hiisi quota shows your limits");
}

BOOST_AUTO_TEST_CASE(a_rule_counts_once_its_user_is_known) {
  begin({5, 1 << 20, 1 << 20});
  auto policy = std::make_shared<core::limit_policy>();
  core::limit_rule rule;
  rule.user = "user1000";
  rule.connections = 2;
  policy->rules = {rule};
  policy->contact = "Hanna";
  tell(broker, limit_connections{{5, 1 << 20, 1 << 20}, policy});
  connect(10);
  connect(11);
  const auto third = take_answers(connect(12));
  BOOST_TEST(third.find("2 is the limit") != std::string::npos, third);
  BOOST_TEST(third.find("ask Hanna for more") != std::string::npos, third);
  for (int fd = 20; fd < 25; ++fd) {
    const auto other = connect(fd, 1001);
    BOOST_TEST(!closed(other));
  }
  const auto clerk = make_fake();
  tell(broker, count_use{4, test::person(1000, "user1000"), clerk});
  const auto told = clerk.only<use_counted>();
  BOOST_TEST(told.question == 4u);
  BOOST_TEST(
      (told.entries
       == std::vector<protocol::quota_entry>{
           {"connections", 2, 2}, {"bytes_in_flight", 0, uint64_t{64} << 20}}));
}

BOOST_AUTO_TEST_CASE(no_more_are_accepted_than_there_are_descriptors_for) {
  begin({}, 2);
  const auto first = connect(10);
  BOOST_TEST(!multiplexer().passive_mode(door));
  connect(11);
  BOOST_TEST(multiplexer().passive_mode(door));
  tell(broker, caf::io::connection_closed_msg{first});
  BOOST_TEST(!multiplexer().passive_mode(door));
}

BOOST_AUTO_TEST_CASE(bytes_in_flight_are_limited) {
  begin({10, 1000, 1 << 20});
  const auto client = connect(10);
  const auto request = frame_of(protocol::stop_request{1u});
  const auto body = request.size() - 4;
  for (size_t held = body; held <= 1000; held += body)
    put(client, request);
  BOOST_TEST(!closed(client));
  put(client, request);
  const auto refused = take_answers(client);
  BOOST_TEST(refused.find(" bytes in flight, and 1000 is the limit: wait for "
                          "answers before sending more, or ask ")
                 != std::string::npos,
             refused);
  BOOST_TEST(closed(client));
}

BOOST_AUTO_TEST_CASE(answered_bytes_are_in_flight_no_more) {
  begin({10, 1000, 1 << 20});
  const auto client = connect(10);
  for (int i = 0; i < 200; ++i) {
    ask(client, protocol::stop_request{1u});
    answer_last(1);
    BOOST_TEST_REQUIRE(take_answers(client) == "started 1");
    transferred(client);
  }
  BOOST_TEST(!closed(client));
}

BOOST_AUTO_TEST_CASE(the_bytes_of_a_lost_connection_are_given_back) {
  begin({100, 1000, 1 << 20});
  for (int fd = 10; fd < 60; ++fd) {
    const auto client = connect(fd);
    ask(client, protocol::stop_request{1u});
    put(client, frame_of(protocol::stop_request{2u}).substr(0, 20));
    tell(broker, caf::io::connection_closed_msg{client});
  }
  const auto client = connect(90);
  ask(client, protocol::version_request{});
  BOOST_TEST(take_answers(client) == "version");
}

BOOST_AUTO_TEST_CASE(memory_is_given_back_when_who_asked_often_leaves) {
  auto decoder = make_fake();
  reader = decoder;
  begin();
  for (const int requests : {900, 1100}) {
    const auto client = connect(requests);
    for (int i = 0; i < requests; ++i) {
      ask(client, protocol::version_request{});
      take(client);
      transferred(client);
    }
    tell(broker, caf::io::connection_closed_msg{client});
    BOOST_TEST(decoder.count<actors::memory_freed>()
               == (requests < 1000 ? 0u : 1u));
  }
}

BOOST_AUTO_TEST_CASE(who_takes_no_answers_is_dropped_at_the_cap) {
  begin({10, 1 << 20, 300});
  const auto client = connect(10);
  for (int i = 0; i < 10 && !was_cut(10); ++i)
    ask(client, protocol::version_request{});
  BOOST_TEST(was_cut(10));
  BOOST_TEST(closed(client));
}

BOOST_AUTO_TEST_SUITE_END()
