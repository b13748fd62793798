#include "actors/os/give_way.hpp"

#include <boost/test/unit_test.hpp>

#include <thread>

#include <sched.h>

BOOST_AUTO_TEST_SUITE(give_way)

BOOST_AUTO_TEST_CASE(a_thread_gives_way_and_no_other_does) {
  int policy = -1;
  std::thread([&] {
    hiisi::os::give_way();
    policy = ::sched_getscheduler(0);
  }).join();
  BOOST_TEST(policy == SCHED_BATCH);
  BOOST_TEST(::sched_getscheduler(0) == SCHED_OTHER);
}

BOOST_AUTO_TEST_SUITE_END()
