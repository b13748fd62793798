#pragma once

#include "actors/core/process_machine.hpp"
#include "actors/core/usage_limits.hpp"
#include "actors/core/user_limits.hpp"
#include "actors/messages/common.hpp"
#include "protocol/response.hpp"

#include <caf/actor.hpp>

#include <cstdint>
#include <vector>

// What the host_supervisor takes.

namespace hiisi::actors {

/// From main: what was on disk when the daemon started.
struct recover {
  std::vector<core::process_record> records;
  std::vector<core::live_record> live;
  uint32_t next_id = 1;
};
/// From a user_supervisor: everything of that user has ended.
struct suspended {
  uint32_t uid = 0;
};
/// From the broker: tell me when a supervisor fails.
struct watch_failures {
  caf::actor watcher;
};
/// From a user_supervisor: this id is in use no more.
struct id_released {
  uint32_t id = 0;
};
/// From a user_supervisor: its part of a host-wide list.
struct described {
  uint64_t gathering = 0;
  uint32_t uid = 0;
  std::vector<protocol::status_entry> entries;
};
/// From the record_store: what is on disk of one user's processes.
struct user_records {
  uint32_t uid = 0;
  std::vector<core::process_record> records;
  std::vector<core::live_record> live;
};
/// From main, on SIGHUP: take these settings for what happens from now on.
struct reconfigure {
  core::process_settings settings;
  size_t finished_kept = 100;
  limit_policy_ptr limits = nullptr;
};
/// From main, on SIGHUP, to the socket_broker.
struct limit_connections {
  core::connection_settings limits;
  limit_policy_ptr policy = nullptr;
};

} // namespace hiisi::actors
