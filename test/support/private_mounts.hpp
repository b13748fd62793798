#pragma once

#include <boost/test/tools/assertion_result.hpp>
#include <boost/test/tree/test_unit.hpp>

#include <string>

#include <sched.h>
#include <sys/mount.h>

namespace hiisi::test {

/// From here on this program mounts for itself and its children alone; false
/// where it may not.
inline bool mounts_are_private() {
  static const bool done
      = ::unshare(CLONE_NEWNS) == 0
        && ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
  return done;
}

/// A precondition for test cases: `*boost::unit_test::precondition(can_mount)`.
inline boost::test_tools::assertion_result
can_mount(boost::unit_test::test_unit_id) {
  boost::test_tools::assertion_result answer(mounts_are_private());
  answer.message() << "needs the right to mount";
  return answer;
}

} // namespace hiisi::test
