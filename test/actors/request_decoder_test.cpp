#include "actors/request_decoder.hpp"
#include "protocol/codec.hpp"
#include "test/support/actor_fixture.hpp"

using namespace hiisi;
using namespace hiisi::actors;
using namespace std::chrono_literals;

namespace {

struct fixture : test::actor_fixture {
  test::fake_actor session = make_fake();
  caf::actor decoder = keep(spawn_request_decoder(system(), false));
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(request_decoder, fixture)

BOOST_AUTO_TEST_CASE(what_was_read_is_told_with_its_place) {
  tell(decoder, decode_body{session, 17,
                            protocol::encode(protocol::request{
                                protocol::stop_request{7u}, {}, 2})});
  const auto told = session.only<body_decoded>();
  BOOST_TEST(told.sequence == 17u);
  BOOST_TEST(told.version == 2u);
  BOOST_TEST_REQUIRE(told.what.ok());
  BOOST_TEST(
      std::holds_alternative<protocol::stop_request>((*told.what)->what));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_says_why_in_its_version) {
  tell(decoder,
       decode_body{session, 18, R"({"hiisi":{"protocol":2},"cmd":"Fly"})"});
  const auto told = session.only<body_decoded>();
  BOOST_TEST(told.version == 2u);
  BOOST_TEST_REQUIRE(!told.what.ok());
  BOOST_TEST((told.what.failure().code == protocol::errc::unknown_command));
}

BOOST_AUTO_TEST_CASE(memory_is_given_back_once_and_then_it_sleeps) {
  for (int i = 0; i < 3; ++i)
    tell(decoder, memory_freed{});
  BOOST_TEST(has_timers());
  advance(1100ms);
  BOOST_TEST(!has_timers());
}

BOOST_AUTO_TEST_SUITE_END()
