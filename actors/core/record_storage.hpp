#pragma once

#include "actors/core/process_record.hpp"
#include "protocol/result.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace hiisi::core {

/// What was found of earlier days.
struct stored_records {
  std::vector<process_record> records;
  std::vector<live_record> live;
  /// No id below this one has been given out or will be again.
  uint32_t next_id = 1;
  /// Files that could not be read, each with where and why. They are left as
  /// they are.
  std::vector<protocol::error> damaged;
};

/// Where records of processes are kept. Implemented by os::record_files; in
/// tests by a fake.
class record_storage {
public:
  virtual ~record_storage() = default;

  /// Reads everything. Errors: `storage_failed` when not even the directory
  /// can be read.
  virtual protocol::result<stored_records> load() = 0;

  /// Replaces a process's record. A crash of the program loses nothing after
  /// it has returned; a power cut loses nothing after the next sync().
  virtual protocol::result<void> save(const process_record& record) = 0;

  /// Forgets a process, its live record included. Its id is never used again.
  virtual protocol::result<void> remove(uint32_t id) = 0;

  /// Replaces what is known of a process's last incarnation. It stays when
  /// that has ended; the record then says so.
  virtual protocol::result<void> save_live(const live_record& record) = 0;

  /// Has the disk keep all that was saved or removed since the last call. May
  /// be called from another thread than the rest, which it does not hold up.
  virtual protocol::result<void> sync() = 0;
};

/// Writes a live record without waiting for anything; may be called by many at
/// once. It is a note for the case that both daemon and keeper die, so it may
/// fail.
using live_writer = std::function<void(const live_record&)>;

} // namespace hiisi::core
