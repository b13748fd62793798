#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hiisi::protocol {

/// One process of a tree, as the kernel shows it to everybody.
struct tree_member {
  int32_t pid = 0;
  int32_t parent = 0;
  /// The program's name, at most 15 bytes of any kind.
  std::string name;
  /// What it has used by itself, its ended children left out.
  std::chrono::nanoseconds cpu{0};
  /// Bytes of memory that are in RAM.
  uint64_t resident = 0;

  friend bool operator==(const tree_member&, const tree_member&) = default;
};

/// A soft limit of the first process, such as {"open files", 1024}, or one of
/// the whole tree; without a value where there is none.
struct resource_limit {
  std::string name;
  std::optional<uint64_t> value;
  friend bool operator==(const resource_limit&, const resource_limit&)
      = default;
};

/// The names of what the whole tree is held to: bytes, threads, and thousandths
/// of a processor.
namespace limit_names {
inline constexpr std::string_view tree_memory = "memory of all";
inline constexpr std::string_view tree_tasks = "threads of all";
inline constexpr std::string_view tree_cpus = "CPUs of all";
} // namespace limit_names

/// What a process uses, with all that it has started. What could not be read
/// is absent: the daemon sees of others only what the kernel shows everybody.
struct process_usage {
  /// Since it was started. Where there are cgroups, of ended children as well.
  std::chrono::nanoseconds cpu_user{0};
  std::chrono::nanoseconds cpu_system{0};
  /// Bytes of memory in RAM; what several of them share counts several times.
  uint64_t resident = 0;
  /// The same with shared memory divided by those who share it.
  std::optional<uint64_t> proportional;
  uint32_t processes = 0;
  uint32_t threads = 0;
  std::optional<uint64_t> descriptors;
  /// Bytes that went to and from disks.
  std::optional<uint64_t> read_bytes;
  std::optional<uint64_t> written_bytes;
  /// Its processes, each after its parent; only where one process is asked
  /// for.
  std::vector<tree_member> tree;
  /// Likewise.
  std::vector<resource_limit> limits;

  friend bool operator==(const process_usage&, const process_usage&) = default;
};

} // namespace hiisi::protocol
