#pragma once

#include "actors/messages.hpp"
#include "protocol/codec.hpp"
#include "protocol/limits.hpp"
#include "test/support/actor_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <optional>
#include <utility>
#include <variant>

namespace hiisi::test {

/// A world with a session that asks: its requests are numbered, and what each
/// was answered is looked up by that number.
struct asking_fixture : actor_fixture {
  fake_actor session = make_fake();
  /// The number of the last request.
  uint64_t sequence = 0;

  /// What was written ahead is to be judged by what a client makes of it.
  static protocol::payload as_read(const protocol::payload& what) {
    if (!std::holds_alternative<protocol::written_status_list>(what))
      return what;
    auto read = protocol::decode_response(
        protocol::encode({what, false}, protocol::protocol_version));
    BOOST_TEST_REQUIRE(read.ok());
    return std::move(read->what);
  }

  /// The one answer to the request `number`, which must be of that kind.
  template <class Payload>
  Payload answer_as(uint64_t number) const {
    std::optional<Payload> found;
    for (const auto& a : session.all<actors::answer>())
      if (a.sequence == number) {
        BOOST_TEST_REQUIRE(!found, "answered twice");
        const auto what = as_read(*a.what);
        BOOST_TEST_REQUIRE(std::holds_alternative<Payload>(what));
        found = std::get<Payload>(what);
      }
    BOOST_TEST_REQUIRE(found.has_value(), "not answered");
    return *found;
  }
  /// That to the last request.
  template <class Payload>
  Payload answer_as() const {
    return answer_as<Payload>(sequence);
  }
};

} // namespace hiisi::test
