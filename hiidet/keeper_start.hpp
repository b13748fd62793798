#pragma once

#include "protocol/result.hpp"

#include <cstdint>
#include <string>

namespace hiisi::hiidet {

/// How a keeper of our own is started.
struct keeper_command {
  /// Where it is to listen.
  std::string socket;
  /// Who may connect to it, beside root and the user that it runs as.
  uint32_t daemon_uid = 0;
  /// What its cgroups are called; private instances need names of their own.
  std::string cgroup;
};

/// Starts hiisi-keeper, which lies beside this program, unless one is there
/// already: under a guardian that starts it again should it die, in a session
/// of its own, a child of nobody's. To be called before any thread is started.
/// Errors: `unavailable`.
protocol::result<void> ensure_keeper(const keeper_command& command);

/// The name for a private instance's cgroups: made from its runtime directory,
/// so that it stays the same over restarts and no two instances share it.
[[nodiscard]] std::string cgroup_name(const std::string& runtime_dir,
                                      bool usual_place);

} // namespace hiisi::hiidet
