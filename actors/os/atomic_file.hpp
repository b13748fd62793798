#pragma once

#include "protocol/result.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include <sys/types.h>

namespace hiisi::os {

/// How sure a write is when it returns.
enum class durability {
  /// A crash of the program loses nothing; a power cut may lose the write,
  /// and may leave the file empty, until sync() has run on it.
  ordered,
  /// A power cut loses nothing: the file and its directory have been fsynced.
  durable,
};

/// Replaces the file `path` by one that holds `contents`, with permissions
/// `mode` whatever the umask: a reader sees the old file or the new one, whole.
/// The new one is written beside it, as ".<name>.tmp", and renamed; on failure
/// that file is removed and the old one is as it was. There must be one writer
/// of a path at a time. With `durable`, an error that names "fsync" and the
/// directory means that the new file is there but may not outlive a power cut.
/// Errors: `storage_failed`.
protocol::result<void> write_file(const std::string& path,
                                  std::string_view contents, mode_t mode,
                                  durability how);

/// Writes over the first bytes of the file `path`, which is at least as long
/// as `block`, or makes the file if there is none. A block of one sector is
/// there whole or not at all, also after a power cut. Errors: `storage_failed`.
protocol::result<void> write_block(const std::string& path,
                                   std::string_view block, mode_t mode);

/// Makes files that were written with `ordered` as sure as `durable` ones. A
/// few are fsynced, each directory once; for many the whole file system is
/// synced at a fraction of the price (syncfs(2)), which may take seconds where
/// others write a lot: not to be called where a client waits. Files that are
/// gone by now are passed over, and their removal lasts too. Goes on after an
/// error and returns the first: `storage_failed`.
protocol::result<void> sync_files(std::span<const std::string> paths);

/// Removes what a crash in the middle of write_file left in `directory`: the
/// plain files of the form ".<name>.tmp". Returns how many. To be called before
/// the first write. Errors: `storage_failed`, `not_found` (no such directory).
protocol::result<size_t> remove_leftovers(const std::string& directory);

/// The name under which write_file writes a file that is to be called `name`.
[[nodiscard]] std::string temporary_name(std::string_view name);

} // namespace hiisi::os
