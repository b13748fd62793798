#include "actors/core/stop_ladder.hpp"

#include <boost/test/unit_test.hpp>

using namespace hiisi::core;
using namespace std::chrono_literals;

namespace {

constexpr rung sends(int signal, std::chrono::milliseconds patience) {
  return {rung::means::signal, signal, patience};
}
constexpr rung kills(std::chrono::milliseconds patience) {
  return {rung::means::kill, 9, patience};
}

} // namespace

BOOST_AUTO_TEST_SUITE(stop_ladder)

BOOST_AUTO_TEST_CASE(sigint_then_sigterm_then_kill_with_growing_patience) {
  const rung expected[]
      = {sends(2, 5s), sends(15, 5s), kills(5s),  kills(10s), kills(20s),
         kills(40s),   kills(60s),    kills(60s), kills(60s)};
  for (uint32_t step = 0; step < std::size(expected); ++step)
    BOOST_TEST((ladder_rung({}, step) == expected[step]), "step " << step);
}

BOOST_AUTO_TEST_CASE(it_never_ends) {
  BOOST_TEST((ladder_rung({}, 0xffffffff) == kills(60s)));
}

BOOST_AUTO_TEST_CASE(the_first_signal_and_the_patience_can_be_chosen) {
  const stop_settings settings{1, 250ms};
  BOOST_TEST((ladder_rung(settings, 0) == sends(1, 250ms)));
  BOOST_TEST((ladder_rung(settings, 1) == sends(15, 250ms)));
  BOOST_TEST((ladder_rung(settings, 2) == kills(5s)));
}

BOOST_AUTO_TEST_CASE(sigkill_as_the_first_signal_kills_at_once) {
  BOOST_TEST((ladder_rung({9, 1s}, 0) == kills(5s)));
  BOOST_TEST((ladder_rung({9, 1s}, 1) == kills(5s)));
}

BOOST_AUTO_TEST_CASE(it_counts_as_stuck_after_a_kill_was_given_its_time) {
  BOOST_TEST((ladder_rung({}, stuck_step - 1).how == rung::means::kill));
  BOOST_TEST((ladder_rung({}, stuck_step - 2).how == rung::means::signal));
}

BOOST_AUTO_TEST_SUITE_END()
