#pragma once

#include "actors/os/fd.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hiisi::os {

/// Reads many small files below one directory, such as /proc or a cgroup, with
/// one buffer for all: three system calls for each, or one where it is kept
/// open, and no memory.
class proc_files {
public:
  /// One that cannot be opened is empty: nothing is found in it.
  explicit proc_files(const std::string& directory);

  /// The text of the file, up to 1 MiB of it; empty where it cannot be read,
  /// as when its process has ended. Good until the next call.
  [[nodiscard]] std::string_view read(const char* path);

  /// The same of a file that may be open already, as `kept`; it is afterwards,
  /// unless it cannot be read.
  [[nodiscard]] std::string_view read(const char* path, fd& kept);

  /// How many entries the directory PID/fd has; nothing where that is hidden.
  /// `kept` is as for `read`.
  [[nodiscard]] std::optional<uint64_t> count_descriptors(const char* path,
                                                          fd& kept);

  [[nodiscard]] int directory() const noexcept { return directory_.get(); }
  [[nodiscard]] explicit operator bool() const noexcept {
    return static_cast<bool>(directory_);
  }

private:
  std::optional<size_t> fill(int file);

  fd directory_;
  std::string buffer_;
};

/// What the kernel counts in clock ticks and in pages.
[[nodiscard]] std::chrono::nanoseconds from_ticks(uint64_t count);
[[nodiscard]] uint64_t from_pages(uint64_t count);

} // namespace hiisi::os
