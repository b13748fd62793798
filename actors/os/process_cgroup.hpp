#pragma once

#include <cstdint>

namespace hiisi::os {

/// The cgroup v2 in which the process with this number lives, as the kernel
/// names it beside each socket made there (INET_DIAG_CGROUP_ID): the inode of
/// its directory. 0 where there is none, or where it is not the leaf that the
/// keeper makes for process `id` of `uid`, and so says nothing of whose it is.
[[nodiscard]] uint64_t own_cgroup_of(int pid, uint32_t uid, uint32_t id);

} // namespace hiisi::os
