#pragma once

#include "actors/core/leaf_memory.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hiisi::os {

/// The directory in which the keeper with this pid makes its cgroups, as its
/// command line names it, which everybody may read. Empty where there is none,
/// or where processes of others are hidden.
[[nodiscard]] std::string leaves_of_keeper(int32_t pid);

/// What `<leaves>/<uid>/<id>` tells of its memory. The keeper removes that once
/// the end of the process has been acknowledged. Nothing where it is gone, or
/// has no memory controller.
[[nodiscard]] std::optional<core::leaf_memory>
memory_of_leaf(const std::string& leaves, uint32_t uid, uint32_t id);

/// `<leaves>/<uid>/<id>` as the kernel names it, see own_cgroup_of(); 0 where
/// it is gone.
[[nodiscard]] uint64_t cgroup_of_leaf(const std::string& leaves, uint32_t uid,
                                      uint32_t id);

/// Whose leaf it is.
struct leaf_owner {
  uint32_t uid = 0;
  uint32_t id = 0;
};

/// All `<leaves>/<uid>/<id>` that there are; none where that cannot be read.
[[nodiscard]] std::vector<leaf_owner> leaves_below(const std::string& leaves);

} // namespace hiisi::os
