#pragma once

#include "actors/core/process_record.hpp"
#include "actors/os/keeper_client.hpp"
#include "actors/os/launch_block.hpp"
#include "protocol/result.hpp"

#include <cstdint>
#include <string>
#include <utility>

namespace hiisi::os {

/// The keeper knows a run of a copying hiisi-logger by a number from here on.
/// Unlike hooks and rotations, which have those below, it goes on when its
/// daemon is gone, until its program's output ends.
inline constexpr uint32_t first_logger_run = 0xE000'0000;

[[nodiscard]] constexpr bool is_logger_run(uint32_t id) noexcept {
  return id >= first_logger_run;
}

/// Whether a process's output goes through a logger.
[[nodiscard]] inline bool has_logger(const core::process_spec& spec) noexcept {
  return spec.timestamps || spec.terminal;
}

/// Has `program`, which is hiisi-logger, become the program of `plan` once it
/// has connected that to its logger.
void connect_to_logger(launch_spec& plan, const std::string& program,
                       const core::process_spec& spec);

/// What the keeper is to start beside it: `program` as the same user, writing
/// to the same logs.
[[nodiscard]] launch_spec plan_logger(const launch_spec& plan,
                                      const std::string& program,
                                      const core::process_spec& spec);

/// The two ends of the socket by which the one hands over to the other. Errors:
/// `unavailable` (no descriptor is left).
protocol::result<std::pair<fd, fd>> make_logger_channel();

/// The sockets of a process and, behind them, its end of the channel: what the
/// keeper holds for the moment of a start. Errors: `unavailable`.
protocol::result<sockets_ptr> with_channel(const sockets_ptr& sockets,
                                           const fd& channel);

} // namespace hiisi::os
