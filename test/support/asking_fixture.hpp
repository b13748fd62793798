#pragma once

#include "actors/messages.hpp"
#include "test/support/actor_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <optional>
#include <variant>

namespace hiisi::test {

/// A world with a session that asks: its requests are numbered, and what each
/// was answered is looked up by that number.
struct asking_fixture : actor_fixture {
  fake_actor session = make_fake();
  /// The number of the last request.
  uint64_t sequence = 0;

  /// The one answer to the request `number`, which must be of that kind.
  template <class Payload>
  Payload answer_as(uint64_t number) const {
    std::optional<Payload> found;
    for (const auto& a : session.all<actors::answer>())
      if (a.sequence == number) {
        BOOST_TEST_REQUIRE(!found, "answered twice");
        BOOST_TEST_REQUIRE(std::holds_alternative<Payload>(*a.what));
        found = std::get<Payload>(*a.what);
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
