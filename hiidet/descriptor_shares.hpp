#pragma once

#include <cstddef>

namespace hiisi::hiidet {

/// What the descriptors that this process may have open are for.
struct descriptor_shares {
  /// Clients.
  size_t connections = 0;
  /// Files of the kernel's that stay open between scrapes of metrics.
  size_t kept_files = 0;
  /// The rest: launch blocks, files, and whatever the C library opens.
  size_t reserve = 0;
};

/// Shares out the descriptors below the limit that is in force.
[[nodiscard]] descriptor_shares share_descriptors();

} // namespace hiisi::hiidet
