#pragma once

#include "actors/core/hook_throttle.hpp"
#include "actors/messages/common.hpp"

#include <cstdint>

// What the hook_runner takes (detached: it waits for disks).

namespace hiisi::actors {

/// From a session: one of the hook requests.
struct hook_submission {
  submission what;
};
/// From main, on SIGHUP.
struct limit_hooks {
  core::hook_settings settings;
};
/// INTERNAL: a hook of that user may be started again.
struct hook_due {
  uint32_t uid = 0;
};
/// INTERNAL: that run has taken too long.
struct hook_deadline {
  uint32_t run_id = 0;
};

} // namespace hiisi::actors
