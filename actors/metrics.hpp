#pragma once

#include "actors/core/metrics_reading.hpp"
#include "actors/core/port_policy.hpp"
#include "actors/messages.hpp"
#include "actors/os/usage_reader.hpp"

#include <caf/fwd.hpp>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace hiisi::actors {

/// What the metrics actor reads of the world; in tests some are made up.
struct metrics_world {
  std::function<std::vector<std::optional<protocol::process_usage>>(
      std::span<const os::usage_target>, os::usage_detail)>
      usage;
  /// Gives up what makes the next look at usage cheaper.
  std::function<void()> rest = [] {};
  std::function<core::host_reading()> host;
  std::function<core::self_reading()> self;
  std::function<std::vector<core::volume_reading>()> volumes;
  /// The size of a file; null where logs are other users' to look at.
  std::function<std::optional<uint64_t>(const std::string&)> log_size;
  /// Whose logs those are.
  std::string home;
  std::function<std::string(const core::metrics_reading&)> render;
};

struct metrics_setup {
  caf::actor host;
  caf::actor ports;
  caf::actor directory;
  core::tallies_ptr tallies;
  std::string version;
  /// The limit of a user's connections where `limits` say nothing.
  size_t connections_per_user = 0;
  /// What limits a user's ports; later ones come by `port_rules`.
  std::shared_ptr<const core::port_policy> port_policy;
  /// What else limits users; null for nothing. Later ones come by
  /// `limit_connections`.
  limit_policy_ptr limits = nullptr;
  metrics_world world;
};

/// Spawns the actor that puts a page of metrics together when asked to: it
/// gathers what the supervisors and the port registry know, reads what the
/// kernel tells of the processes, and has all of it written. Whoever asks
/// while that is done gets the same page. It does nothing while nobody asks.
caf::actor spawn_metrics(caf::actor_system& system, metrics_setup setup,
                         bool detached = true);

} // namespace hiisi::actors
