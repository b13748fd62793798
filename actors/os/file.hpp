#pragma once

#include "protocol/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace hiisi::os {

/// Reads a whole regular file, files of /proc included. A pipe, a device or a
/// directory is refused without waiting on it. Errors: `not_found` (no such
/// file), `storage_failed` (anything else; more than `limit` bytes too).
protocol::result<std::string> read_file(const std::string& path, size_t limit);

/// What a file is known by: it differs once somebody else has written the file
/// or put another in its place.
struct file_stamp {
  uint64_t device = 0;
  uint64_t inode = 0;
  int64_t size = 0;
  int64_t seconds = 0;
  int64_t nanoseconds = 0;

  friend bool operator==(const file_stamp&, const file_stamp&) = default;
};

/// The stamp of a file, or nothing where there is none that can be seen.
[[nodiscard]] std::optional<file_stamp> stamp_of(const std::string& path);

/// The names in a directory, sorted, without "." and "..". Errors: `not_found`,
/// `storage_failed`.
protocol::result<std::vector<std::string>>
list_directory(const std::string& path);

/// Whom a directory belongs to.
struct directory_owner {
  uid_t uid = 0;
  gid_t gid = 0;
};

/// Makes the directory `path`, whose parent exists, with permissions `mode`
/// whatever the umask, for `owner` (another than the caller: as root only).
/// One that is there already serves if it is a directory, no symbolic link,
/// belongs to `owner` and is open to nobody beyond `mode`; nothing about it is
/// changed. Returns whether it was made. Errors: `not_permitted` (it belongs to
/// someone else, or is open to others), `storage_failed`.
protocol::result<bool> make_directory(const std::string& path, mode_t mode,
                                      directory_owner owner);

/// Makes the missing directories above `path`, with permissions `mode`
/// (lessened by the umask). Errors: `storage_failed`.
protocol::result<void> make_parents(const std::string& path, mode_t mode);

/// Removes a file; one that is not there is removed already. Errors:
/// `storage_failed`.
protocol::result<void> remove_file(const std::string& path);

} // namespace hiisi::os
