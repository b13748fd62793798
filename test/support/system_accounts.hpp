#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hiisi::test {

/// How the programs run in a system test, as HIISI_TEST_MODE says.
enum class system_mode {
  /// hiidet as root, and no user that it could become.
  root,
  /// hiidet started as root, which then becomes a system user of its own.
  dropped,
  /// hiidet as an ordinary user's own.
  user,
};

/// Throws where HIISI_TEST_MODE is set to no such word, or to one that needs
/// root without it. Unset, it is `root` for root and `user` for all others.
system_mode mode_of_test();

/// Somebody that a test acts as.
struct account {
  std::string name;
  std::string home;
  uint32_t uid = 0;
  uint32_t gid = 0;
  /// All of its groups, sorted, the primary one among them.
  std::vector<uint32_t> groups;
};

/// Root, or whoever runs the tests.
const account& self();

/// A user of the instance. A throw-away one in one supplementary group; the
/// caller itself where the tests do not run as root. It is made on first use
/// and removed when the program ends.
const account& alice();

/// A second throw-away user; needs root.
const account& bob();

/// The throw-away user that hiidet becomes in mode `dropped`; needs root.
const account& daemon_account();

/// Makes the calling process that user for good; false, with errno, if it
/// cannot. Root becoming root, and anybody themselves, stay as they are.
bool become(const account& who);

} // namespace hiisi::test
