#include "protocol/signals.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>

using namespace hiisi::protocol;

BOOST_AUTO_TEST_SUITE(signals)

BOOST_AUTO_TEST_CASE(a_signal_is_known_by_name_and_number) {
  for (auto word : {"SIGTERM", "TERM", "term", "sigTerm", "15"})
    BOOST_TEST((signal_from_string(word) == SIGTERM), word);
  BOOST_TEST((signal_from_string("RTMIN+3") == SIGRTMIN + 3));
  BOOST_TEST((signal_from_string("SIGRTMAX-1") == SIGRTMAX - 1));
  BOOST_TEST((signal_from_string("RTMAX") == SIGRTMAX));
}

BOOST_AUTO_TEST_CASE(what_is_no_signal_is_refused) {
  for (auto word :
       {"", "0", "65", "-1", "1.5", "15x", "99999999999", "SIG", "FOO",
        "SIGSIGTERM", "RTMIN+", "RTMIN+31", "RTMIN-1", "RTMIN+-1", "RTMAX-31"})
    BOOST_TEST(!signal_from_string(word), word);
}

BOOST_AUTO_TEST_CASE(every_number_has_a_name_that_leads_back_to_it) {
  for (int number = 1; number <= max_signal; ++number) {
    // glibc keeps 32 and 33 for itself.
    if (number == 32 || number == 33)
      continue;
    BOOST_TEST((signal_from_string(signal_name(number)) == number),
               signal_name(number));
  }
  BOOST_TEST(signal_name(SIGSEGV) == "SIGSEGV");
  BOOST_TEST(signal_name(SIGRTMIN + 3) == "SIGRTMIN+3");
  BOOST_TEST(signal_name(99) == "signal 99");
}

BOOST_AUTO_TEST_SUITE_END()
