#pragma once

#include "actors/os/fd.hpp"

#include <cstddef>
#include <cstdint>
#include <unordered_map>

namespace hiisi::os {

/// Files of the kernel's that are read in one pass after another, kept open in
/// between: to open one of /proc or of a cgroup costs three times as much as
/// to read it again from its beginning. Such a file stays that of its process
/// or cgroup: when that has gone it cannot be read any more, whoever has the
/// number by then.
class kept_files {
public:
  enum class kind : uint8_t { cpu_stat, cgroup_procs, stat, descriptors };

  /// How many descriptors may be kept.
  explicit kept_files(size_t most) : most_(most) {}

  /// What is opened from here to the end of the pass is kept if `keep`, and
  /// then what was not asked for in it is closed at its end.
  void begin_pass(bool keep) noexcept;
  void end_pass();

  /// Where the descriptor of that file is; empty where it is not open, to be
  /// filled by whoever opens it. What cannot be kept is good until the next
  /// call.
  [[nodiscard]] fd& of(kind what, uint32_t number);

  /// Closes everything.
  void clear() { files_.clear(); }

  [[nodiscard]] size_t count() const noexcept { return files_.size(); }

private:
  struct entry {
    fd file;
    uint32_t pass = 0;
  };

  std::unordered_map<uint64_t, entry> files_;
  size_t most_;
  uint32_t pass_ = 0;
  bool keeps_ = false;
  fd not_kept_;
};

} // namespace hiisi::os
