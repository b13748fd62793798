#pragma once

#include "actors/core/process_machine.hpp"
#include "actors/messages/common.hpp"
#include "actors/os/user_db.hpp"
#include "protocol/response.hpp"
#include "protocol/result.hpp"

#include <cstdint>
#include <vector>

// What the user_supervisor takes.

namespace hiisi::actors {

/// From the host_supervisor: a new process, under this id.
struct run_as {
  uint32_t id = 0;
  submission what;
};
/// From the host_supervisor: take over processes found on disk.
struct adopt {
  std::vector<core::process_record> records;
  std::vector<core::live_record> live;
};
/// From the host_supervisor: list what `caller` may see of yours.
struct describe {
  uint64_t gathering = 0;
  identity_ptr caller;
};
/// From the host_supervisor: the host is going down, so end everything.
/// Answered by `suspended`.
struct suspend_all {
  requester_ptr by;
};
/// From the port_registry: the ports of the process that is to have this id, or
/// why there are none. `fresh` are those that its owner did not have before.
struct ports_claimed {
  uint32_t id = 0;
  protocol::result<std::vector<protocol::process_port>> ports{
      std::vector<protocol::process_port>{}};
  std::vector<uint16_t> fresh;
};
/// INTERNAL: there may be more finished runs than are to be kept.
struct forget_oldest {};
/// From a process_actor: it looks like this now.
struct process_changed {
  uint32_t id = 0;
  view_ptr view;
};
/// INTERNAL: what the keeper holds of the processes found on disk is waited for
/// no longer.
struct comparison_late {};
/// From a process_actor: an operation has ended.
struct operation_done {
  uint32_t id = 0;
  uint64_t operation = 0;
  protocol::result<void> outcome;
};

} // namespace hiisi::actors
