#pragma once

#include "actors/core/hook_file.hpp"
#include "actors/os/launch_block.hpp"
#include "actors/os/user_db.hpp"

#include <cstdint>
#include <string>

namespace hiisi::os {

/// The keeper knows a hook's run by a number from here on; processes have those
/// below, and rotations of logs (rotation_launch.hpp) those from 0xC0000000 on.
inline constexpr uint32_t first_hook_run = 0x8000'0000;

/// Whether it is one of these, or a logger's (logger_launch.hpp): no process
/// that is on record.
[[nodiscard]] constexpr bool is_hook_run(uint32_t id) noexcept {
  return id >= first_hook_run;
}

/// What the keeper is to start for one run of a hook: its command as `owner`,
/// with `input` on standard input, and its output at the end of
/// ~/.logs/hook-<number>.out and .err. The input goes through a shell's
/// printf, since the keeper gives all its children /dev/null; it may have no
/// more than 128 KiB, which is all that one text of an environment may have.
[[nodiscard]] launch_spec plan_hook(const core::kept_hook& hook,
                                    const identity& owner, std::string input);

} // namespace hiisi::os
