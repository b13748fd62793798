#pragma once

#include "actors/core/log_rotation.hpp"
#include "logs/directory.hpp"
#include "protocol/result.hpp"

#include <string>

namespace hiisi::rotate {

/// Looks at one log of `where`, which is locked, finishes what a run before
/// this one was killed in, and does what is due. Adds to `report`. Errors:
/// `unavailable` (the disk is full, for instance; nothing of the log is lost
/// then), `not_permitted` (no regular file, another's, or one of several
/// names). A log that is not there has nothing due.
protocol::result<void> rotate_log(const logs::directory& where,
                                  const std::string& log,
                                  const core::log_limits& limits,
                                  core::rotation_report& report);

} // namespace hiisi::rotate
