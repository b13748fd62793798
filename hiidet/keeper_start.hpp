#pragma once

#include "actors/os/fd.hpp"
#include "protocol/result.hpp"

#include <cstdint>
#include <string>

namespace hiisi::hiidet {

/// How a keeper is started.
struct keeper_command {
  /// Where it is to listen.
  std::string socket;
  /// Who may connect to it, beside root and the user that it runs as.
  uint32_t daemon_uid = 0;
  /// Below this uid, but for root, nobody has processes started.
  uint32_t least_uid = 1;
  /// The directory that is to hold its cgroups, or empty for none.
  std::string cgroup;
};

/// Starts hiisi-keeper, which lies beside this program, unless one is there
/// already: under a guardian that starts it again should it die, in a session
/// of its own, a child of nobody's. To be called before any thread is started.
/// Where one was there that no daemon is connected to, it returns a connection,
/// without which that one might end for want of a daemon at just this moment;
/// it is of no use any more once there is another. Errors: `unavailable`.
protocol::result<os::fd> ensure_keeper(const keeper_command& command);

/// Puts the keeper in the place of this process, which a service manager
/// watches and starts again, once its socket is there. Returns only with an
/// error: `conflict` where a keeper listens there already, `unavailable`.
[[nodiscard]] protocol::error become_keeper(const keeper_command& command);

} // namespace hiisi::hiidet
