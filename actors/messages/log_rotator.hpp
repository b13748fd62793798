#pragma once

#include "actors/core/log_policy.hpp"
#include "actors/messages/common.hpp"
#include "actors/os/user_db.hpp"

#include <caf/actor.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

// What the log_rotator takes.

namespace hiisi::actors {

/// From a user_supervisor: one of its processes may write from now on. Told
/// again only after a look has found none.
struct writing_began {
  uint32_t uid = 0;
  caf::actor supervisor;
};
/// To a user_supervisor: whose logs are written to? Answered by
/// `shown_writers`, not returned: a request would arm a timer, which is one
/// wake-up more.
struct show_writers {
  caf::actor asker;
};
/// A process that is up, or is about to be started again.
struct log_writer {
  uint32_t id = 0;
  /// 0 where it is not up just now.
  int32_t pid = 0;
  std::string name;
  core::log_wishes wishes;
};
struct shown_writers {
  uint32_t uid = 0;
  /// Null where the owner is not known.
  identity_ptr owner;
  std::vector<log_writer> all;
};
/// From main, on SIGHUP.
struct limit_logs {
  std::shared_ptr<const core::log_policy> policy;
};
/// INTERNAL: it is time to look at somebody's logs.
struct look_at_logs {
  uint64_t epoch = 0;
};

} // namespace hiisi::actors
