#include "actors/os/process_cgroup.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

using namespace hiisi;

BOOST_AUTO_TEST_SUITE(process_cgroup)

BOOST_AUTO_TEST_CASE(a_cgroup_that_is_no_leaf_of_ours_says_nothing) {
  BOOST_TEST(os::own_cgroup_of(::getpid(), ::getuid(), 4'000'000) == 0u);
}

BOOST_AUTO_TEST_CASE(no_process_has_no_cgroup) {
  BOOST_TEST(os::own_cgroup_of(0, 0, 1) == 0u);
  BOOST_TEST(os::own_cgroup_of(-1, 0, 1) == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
