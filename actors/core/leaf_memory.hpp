#pragma once

#include "protocol/exit_info.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace hiisi::core {

/// What the cgroup of an incarnation tells of its memory.
struct leaf_memory {
  /// Processes in it that the kernel has killed for want of memory.
  uint64_t killed = 0;
  /// What all of them together may have, in bytes; nothing for any amount.
  std::optional<uint64_t> most;

  friend bool operator==(const leaf_memory&, const leaf_memory&) = default;
};

/// Reads what the files memory.events and memory.max of a cgroup hold. Nothing
/// where the first does not count such kills.
[[nodiscard]] std::optional<leaf_memory>
read_leaf_memory(std::string_view events, std::string_view max);

/// Whether the end was the kernel's doing for want of memory: a SIGKILL, where
/// the kernel has killed in that cgroup.
[[nodiscard]] bool was_out_of_memory(const protocol::exit_info& exit,
                                     const std::optional<leaf_memory>& memory);

} // namespace hiisi::core
