#pragma once

#include "actors/child_table.hpp"
#include "actors/core/ron/value.hpp"
#include "actors/messages.hpp"

#include <cstdint>
#include <set>
#include <vector>

// What others than its owner are told of one user's processes: those who write
// their logs away, who look for the owner of a port, who look into the daemon.

namespace hiisi::actors {

/// Whether it may write to its logs. One that waits to be started again soon
/// writes again before long.
[[nodiscard]] bool writes(const process_view& view);

/// All that write.
[[nodiscard]] shown_writers writers_of(const child_table& children,
                                       uint32_t uid, identity_ptr owner);

/// Those that have one of `ids` or run in one of the cgroups; not what is on
/// its way out.
[[nodiscard]] std::vector<located_process>
located_among(const child_table& children, uint32_t uid,
              const std::set<uint32_t>& ids,
              const std::vector<cgroup_trace>& traces);

/// What the table knows of each beside its record.
[[nodiscard]] core::ron::value portrait_of(const child_table& children);

} // namespace hiisi::actors
