#pragma once

#include "actors/core/log_rotation.hpp"
#include "actors/os/fd.hpp"
#include "actors/os/launch_block.hpp"
#include "actors/os/user_db.hpp"
#include "protocol/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hiisi::os {

/// The keeper knows a run of hiisi-rotate by a number from here on; hooks' runs
/// have those below, and loggers those from 0xE0000000 on. Rotations and hooks
/// are nobody's once their daemon is gone.
inline constexpr uint32_t first_rotation_run = 0xC000'0000;

/// The logs of one process, which are looked at in a run.
struct log_to_rotate {
  uint32_t id = 0;
  std::string name;
  core::log_limits limits;
};

/// What the keeper is to start: `program`, which is hiisi-rotate, as `owner`,
/// with both streams of each process. Nothing where none of them is rotated.
/// What goes wrong it leaves in ~/.logs/rotation.log.
[[nodiscard]] std::optional<launch_spec>
plan_log_rotation(const std::string& program, const identity& owner,
                  const std::vector<log_to_rotate>& logs);

/// Where a run leaves its report: a file in memory that cannot grow, as a
/// process of the user's writes it. Errors: `internal` (no memory).
[[nodiscard]] protocol::result<fd> make_report_file();

/// What is in it; nothing where no report has been left.
[[nodiscard]] std::optional<core::rotation_report>
read_report_file(const fd& file);

} // namespace hiisi::os
