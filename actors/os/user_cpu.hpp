#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace hiisi::os {

/// The CPU time that all of a user's processes have used, those that have ended
/// included, by the cgroup above theirs: two small files, however many there
/// are. `id` and `pid` are of one that is up. Nothing where processes have no
/// cgroups of their own.
[[nodiscard]] std::optional<std::chrono::nanoseconds>
cpu_of_user(uint32_t uid, uint32_t id, int32_t pid);

} // namespace hiisi::os
