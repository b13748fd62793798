#pragma once

#include "actors/messages/common.hpp"
#include "actors/os/user_db.hpp"
#include "protocol/response.hpp"

#include <caf/actor.hpp>

#include <cstdint>
#include <vector>

// What the quota_clerk takes.

namespace hiisi::actors {

/// From a session: a quota_request.
struct quota_submission {
  submission what;
};
/// To the host_supervisor (and on to the user_supervisor), the port_registry
/// and the socket_broker: what does that user use of what you limit? Answered
/// by `use_counted`.
struct count_use {
  uint64_t question = 0;
  identity_ptr who;
  caf::actor asker;
};
struct use_counted {
  uint64_t question = 0;
  std::vector<protocol::quota_entry> entries;
};

} // namespace hiisi::actors
