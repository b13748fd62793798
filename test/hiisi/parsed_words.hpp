#pragma once

#include "hiisi/options.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace hiisi::test {

using words = std::vector<std::string>;

/// The verb that these words are; the test fails where they are another or
/// none.
template <class Verb>
Verb parsed(const words& all) {
  auto result = cli::parse_options(all);
  BOOST_TEST_REQUIRE(result.ok(), (result ? "" : result.failure().message));
  BOOST_TEST_REQUIRE(std::holds_alternative<Verb>(result->what));
  return std::get<Verb>(result->what);
}

/// Why these words are no command; the test fails where they are one.
inline protocol::error refused(const words& all) {
  auto result = cli::parse_options(all);
  BOOST_TEST_REQUIRE(!result.ok());
  return result.failure();
}

} // namespace hiisi::test
