#include "actors/core/leaf_memory.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>

using namespace hiisi;
using core::leaf_memory;
using core::read_leaf_memory;
using protocol::exit_info;

BOOST_AUTO_TEST_SUITE(leaf_memory_files)

BOOST_AUTO_TEST_CASE(kills_and_the_limit_are_read) {
  const auto* const events = "low 0\nhigh 0\nmax 31\noom 2\noom_kill 1\n"
                             "oom_group_kill 0\n";
  BOOST_TEST((read_leaf_memory(events, "67108864\n")
              == leaf_memory{1, uint64_t{64} << 20}));
  BOOST_TEST((read_leaf_memory(events, "max\n") == leaf_memory{1, {}}));
  BOOST_TEST((read_leaf_memory("oom_kill 0", "") == leaf_memory{0, {}}));
}

BOOST_AUTO_TEST_CASE(what_counts_no_kills_tells_nothing) {
  for (const auto* events : {"", "low 0\noom 3\n", "oom_kill \n", "oom_kill x",
                             "oom_group_kill 7\n", "an oom_kill 7\n"})
    BOOST_TEST(!read_leaf_memory(events, "max\n").has_value(), events);
}

BOOST_AUTO_TEST_CASE(only_a_sigkill_where_the_kernel_has_killed_is_for_memory) {
  const exit_info killed{exit_info::kind::signaled, SIGKILL, false, {}};
  BOOST_TEST(core::was_out_of_memory(killed, leaf_memory{1, {}}));
  BOOST_TEST(!core::was_out_of_memory(killed, leaf_memory{0, 4096}));
  BOOST_TEST(!core::was_out_of_memory(killed, {}));
  // A child of it was killed, and it has ended otherwise.
  const exit_info exited{exit_info::kind::exited, 9, false, {}};
  BOOST_TEST(!core::was_out_of_memory(exited, leaf_memory{1, {}}));
  const exit_info ended{exit_info::kind::signaled, SIGTERM, false, {}};
  BOOST_TEST(!core::was_out_of_memory(ended, leaf_memory{1, {}}));
}

BOOST_AUTO_TEST_SUITE_END()
