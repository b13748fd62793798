#pragma once

#include "protocol/result.hpp"

#include <caf/actor.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace hiisi::core {
struct port_reading;
} // namespace hiisi::core

// What the port_watcher takes.

namespace hiisi::actors {

/// Also from the port_registry: `ports_held`, as above.

/// From anybody: who holds which port just now, and who are these users and
/// processes? The kernel is asked after this has come in, once for all who ask
/// meanwhile. Answered by `ports_watched`.
struct watch_ports {
  uint64_t token = 0;
  /// Of whom it is asked whether they exist, and as whom.
  std::vector<uint32_t> uids;
  /// Of which it is asked whether they are defined, and what they are called.
  std::vector<uint32_t> ids;
  caf::actor asker;
};
/// Errors: `unavailable` (the kernel does not tell).
struct ports_watched {
  uint64_t token = 0;
  protocol::result<std::shared_ptr<const core::port_reading>> reading{
      std::shared_ptr<const core::port_reading>{}};
};
/// From main: who knows the processes.
struct meet_host {
  caf::actor host;
};
/// INTERNAL: ask the kernel now.
struct read_sockets {};
/// INTERNAL: go on without those who have not answered.
struct stop_waiting {
  uint64_t round = 0;
};

/// A cgroup in which a socket was made, and whose user's it is.
struct cgroup_trace {
  uint32_t uid = 0;
  uint64_t cgroup_id = 0;
};
/// To the host_supervisor and on to each user_supervisor concerned: which of
/// your processes have these ids, or run in these cgroups? The host_supervisor
/// answers first, by `locating`, then each supervisor by `processes_located`.
struct locate_processes {
  uint64_t round = 0;
  std::vector<uint32_t> ids;
  std::vector<cgroup_trace> traces;
  caf::actor asker;
};
/// How many answers are to come.
struct locating {
  uint64_t round = 0;
  size_t parts = 0;
};
struct located_process {
  uint32_t id = 0;
  uint32_t uid = 0;
  std::string name;
  /// 0 where it has none, or does not run.
  uint64_t cgroup_id = 0;
};
struct processes_located {
  uint64_t round = 0;
  std::vector<located_process> processes;
};

} // namespace hiisi::actors
