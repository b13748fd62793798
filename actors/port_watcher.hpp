#pragma once

#include "actors/messages.hpp"
#include "actors/os/sock_diag.hpp"

#include <caf/fwd.hpp>

#include <functional>
#include <vector>

namespace hiisi::actors {

/// What the port_watcher asks: the kernel, and who can tell about users.
struct watcher_world {
  std::function<protocol::result<std::vector<os::listener>>()> listeners;
  caf::actor directory;
};

/// Spawns the actor that asks the kernel who holds which port. It does so only
/// when it is asked itself, and once for all who ask while it is at it. To what
/// the kernel says it adds the names of users, as the user_directory has them,
/// and the processes of ours, which the host_supervisor knows by their cgroup.
/// Should one of these not answer within a second, the reading goes out without
/// it.
caf::actor spawn_port_watcher(caf::actor_system& system, watcher_world world);

} // namespace hiisi::actors
