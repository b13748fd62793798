#include "actors/core/recovery_gate.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace hiisi;

namespace {

struct fixture {
  core::recovery_gate gate;
  std::string given;

  void ask(char who) {
    gate.when_open([this, who] { given += who; });
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(recovery_gate, fixture)

BOOST_AUTO_TEST_CASE(where_nothing_was_found_nobody_waits) {
  ask('a');
  BOOST_TEST(given == "a");
}

BOOST_AUTO_TEST_CASE(answers_wait_for_the_last_comparison) {
  gate.found(4);
  gate.found(5);
  ask('a');
  gate.compared(5);
  ask('b');
  gate.compared(9); // It was never found, so it was not waited for.
  BOOST_TEST(given == "");
  gate.compared(4);
  BOOST_TEST(given == "ab");
}

BOOST_AUTO_TEST_CASE(an_answer_is_given_once) {
  gate.found(4);
  ask('a');
  gate.compared(4);
  gate.compared(4);
  BOOST_TEST(given == "a");
}

BOOST_AUTO_TEST_CASE(who_gives_up_waits_for_none) {
  gate.found(4);
  gate.found(5);
  ask('a');
  gate.give_up();
  BOOST_TEST(given == "a");
  BOOST_TEST(gate.open());
}

BOOST_AUTO_TEST_SUITE_END()
