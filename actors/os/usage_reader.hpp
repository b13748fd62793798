#pragma once

#include "actors/core/proc_stat.hpp"
#include "actors/os/kept_files.hpp"
#include "actors/os/proc_files.hpp"
#include "protocol/process_usage.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace hiisi::os {

/// A process to be looked at.
struct usage_target {
  uint32_t id = 0;
  uint32_t uid = 0;
  /// Its first process; 0 once that has ended and left its tree.
  int32_t pid = 0;
};

/// How closely to look.
enum class usage_detail : uint8_t {
  /// What can be read of everybody's processes: CPU time, memory, threads.
  basic,
  /// Also descriptors, and proportional memory and disk traffic: of many
  /// processes these last two may be some passes old.
  measured,
  /// Also the tree itself and the limits of its first process.
  whole,
};

/// Reads what processes use, each with its whole tree, in one pass: every file
/// of /proc and of a cgroup is read at most once. Where each process has a
/// cgroup of its own, that says who belongs to it and what it has used,
/// its ended children included, and only files of its processes are read.
/// Where not, all processes of the host are looked at, once, and a sum is made
/// over those that live. Not for several threads.
class usage_reader {
public:
  /// Up to `kept` files stay open from one `measured` look to the next. The
  /// places are given by tests alone.
  explicit usage_reader(size_t kept = 0, std::string proc = "/proc",
                        std::vector<std::string> cgroup_mounts
                        = {"/sys/fs/cgroup/unified", "/sys/fs/cgroup"});

  /// In the order of the targets; nothing for one that does not live, or that
  /// may not be seen. `details` applies to all of them.
  [[nodiscard]] std::vector<std::optional<protocol::process_usage>>
  read(std::span<const usage_target> targets, usage_detail detail);

  /// Closes what was kept open: nobody is expected to ask soon.
  void rest() { kept_.clear(); }

private:
  struct member {
    core::proc_stat stat;
    std::string name;
  };
  using members = std::vector<member>;

  [[nodiscard]] bool find_leaves(const usage_target& of);
  [[nodiscard]] bool read_leaf(const usage_target& of,
                               protocol::process_usage& into, members& who);
  void add_leaf_limits(const usage_target& of,
                       std::vector<protocol::resource_limit>& to);
  [[nodiscard]] std::optional<member> read_member(int32_t pid, fd& kept);
  void read_host(std::span<const usage_target> targets,
                 std::span<const size_t> which,
                 std::vector<std::optional<protocol::process_usage>>& out,
                 std::vector<members>& trees, usage_detail detail);
  void add_members(const members& who, bool count_cpu,
                   protocol::process_usage& into, usage_detail detail);
  void measure_some(std::span<const usage_target> targets,
                    std::span<const members> trees,
                    std::vector<std::optional<protocol::process_usage>>& out);
  void measure(const members& who, protocol::process_usage& into);

  proc_files proc_;
  kept_files kept_;
  std::vector<std::string> mounts_;
  /// The directory above the users' of our keeper's cgroups.
  std::optional<proc_files> leaves_;
  /// By id: what is dear to read, as it was last read.
  struct measured {
    int32_t pid = 0;
    std::optional<uint64_t> read_bytes;
    std::optional<uint64_t> written_bytes;
    std::optional<uint64_t> proportional;
  };
  std::unordered_map<uint32_t, measured> measured_;
  /// The target at which the next pass begins with that.
  size_t next_measured_ = 0;
};

/// The limits of a process that differ from "unlimited", for people.
[[nodiscard]] std::vector<protocol::resource_limit>
read_limits(std::string_view text);

} // namespace hiisi::os
