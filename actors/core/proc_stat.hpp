#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace hiisi::core {

/// What we need of /proc/PID/stat (proc(5)).
struct proc_stat {
  int32_t pid = 0;
  /// The program's name: at most 15 bytes of any kind. Points into the text.
  std::string_view name;
  char state = '?';
  int32_t parent = 0;
  int32_t group = 0;
  int32_t session = 0;
  /// CPU time in clock ticks, of ended and waited-for children apart.
  uint64_t user_ticks = 0;
  uint64_t system_ticks = 0;
  uint64_t children_user_ticks = 0;
  uint64_t children_system_ticks = 0;
  uint32_t threads = 0;
  /// When it started, in clock ticks since the boot.
  uint64_t start_ticks = 0;
  uint64_t virtual_bytes = 0;
  /// Memory in RAM, in pages.
  uint64_t resident_pages = 0;
};

/// Reads the text of such a file; nothing where it is none, as when a process
/// ended while it was read.
[[nodiscard]] std::optional<proc_stat> read_proc_stat(std::string_view text);

/// No root: it belongs to none of the trees.
inline constexpr size_t no_tree = SIZE_MAX;

/// To which tree each of the host's `processes` belongs, as an index into
/// `roots`, the first processes' pids. For hosts without cgroups: it goes by
/// session, process group and parents, as the keeper does, so whoever has left
/// its session and whose parent has ended is in no tree. A root of 0 has none.
[[nodiscard]] std::vector<size_t> trees_of(std::span<const proc_stat> processes,
                                           std::span<const int32_t> roots);

} // namespace hiisi::core
