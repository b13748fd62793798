#include "actors/core/exit_status.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>

#include <sys/wait.h>

using namespace hiisi::core;
using hiisi::protocol::exit_info;
using hiisi::protocol::wall_time;

namespace {

const wall_time then{std::chrono::seconds{1'700'000'000}};

} // namespace

BOOST_AUTO_TEST_SUITE(exit_status)

BOOST_AUTO_TEST_CASE(every_exit_status_is_read_as_the_kernel_writes_it) {
  for (int value = 0; value < 256; ++value) {
    const auto status = W_EXITCODE(value, 0);
    BOOST_TEST_REQUIRE(WIFEXITED(status));
    BOOST_TEST((exit_from_wait_status(status, false, then)
                == exit_info{exit_info::kind::exited, value, false, then}));
  }
}

BOOST_AUTO_TEST_CASE(every_signal_is_read_as_the_kernel_writes_it) {
  for (int signal = 1; signal <= 64; ++signal)
    for (bool core : {false, true}) {
      const auto status = W_EXITCODE(0, signal) | (core ? WCOREFLAG : 0);
      BOOST_TEST_REQUIRE(WIFSIGNALED(status));
      BOOST_TEST((exit_from_wait_status(status, false, then)
                  == exit_info{exit_info::kind::signaled, signal, core, then}));
    }
}

BOOST_AUTO_TEST_CASE(an_unknown_status_is_no_success) {
  BOOST_TEST((exit_from_wait_status(0, true, then)
              == exit_info{exit_info::kind::unknown, 0, false, then}));
}

BOOST_AUTO_TEST_SUITE_END()
