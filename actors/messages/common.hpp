#pragma once

#include "actors/core/process_machine.hpp"
#include "actors/core/unused_ports.hpp"
#include "actors/core/user_limits.hpp"
#include "actors/os/user_db.hpp"
#include "protocol/request.hpp"

#include <caf/actor.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

// What messages of several actors consist of.

namespace hiisi::actors {

using identity_ptr = std::shared_ptr<const os::identity>;
/// The directory of the keeper's cgroups; null where it has none.
using leaves_ptr = std::shared_ptr<const std::string>;
/// Null in a user's own daemon, where there is nobody to share with.
using limit_policy_ptr = std::shared_ptr<const core::limit_policy>;
using request_ptr = std::shared_ptr<const protocol::request>;
using unused_ptr = std::shared_ptr<const core::unused_ports>;

/// Where an answer goes: the session that asked, and which of its requests
/// it was. Answers are sent, not returned, so that no actor ever waits.
struct ticket {
  caf::actor session;
  uint64_t sequence = 0;
};

/// Who is behind a request, for the record: the peer as the kernel has it, also
/// where root acts for another user.
struct requester {
  uint32_t uid = 0;
  /// The login name; empty where it is not known.
  std::string user;
  /// The client's process; 0 where it cannot be seen. It may be gone by now.
  int32_t pid = 0;
};
using requester_ptr = std::shared_ptr<const requester>;

/// A request with its caller, on its way to whoever can answer it.
struct submission {
  ticket reply_to;
  identity_ptr caller;
  request_ptr what;
  /// Null in an actor's own requests.
  requester_ptr by;
};

/// A process as the tables show it.
struct process_view {
  core::process_record record;
  core::child_facts child;
  core::boot_time restart_at{};
};
using view_ptr = std::shared_ptr<const process_view>;

/// To whoever can answer it by itself: are you alive? Returned as it came.
struct ping {};

} // namespace hiisi::actors
