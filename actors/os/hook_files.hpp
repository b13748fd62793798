#pragma once

#include "actors/core/hook_file.hpp"
#include "protocol/result.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace hiisi::os {

/// The hooks of all users on disk: a file for each user who has any.
class hook_files {
public:
  /// `directory` is made where it is missing.
  explicit hook_files(std::string directory)
      : directory_(std::move(directory)) {}

  struct loaded {
    std::map<uint32_t, core::kept_hooks> by_uid;
    /// Whose file cannot be read, and why; it is left as it is.
    std::map<uint32_t, protocol::error> damaged;
  };

  /// Reads all. Errors: `storage_failed`.
  [[nodiscard]] protocol::result<loaded> load() const;

  /// Has the disk keep one user's before it returns. Errors: `storage_failed`.
  [[nodiscard]] protocol::result<void> save(uint32_t uid,
                                            const core::kept_hooks& what) const;

private:
  std::string directory_;
};

} // namespace hiisi::os
