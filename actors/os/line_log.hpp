#pragma once

#include "actors/os/fd.hpp"
#include "protocol/result.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hiisi::os {

/// Where a log of lines lies and how much of it is kept.
struct line_log_settings {
  /// A directory that is there.
  std::string directory;
  /// The files are called "<name>.<generation>.jsonl".
  std::string name;
  /// A file that would grow beyond this is followed by a new one (bytes).
  size_t file_bytes = 4 * 1024 * 1024;
  /// How many files are kept, the one being written included; at least 1.
  size_t files = 5;
};

/// A place between two lines: valid as long as its file is kept.
struct line_position {
  uint64_t generation = 0;
  uint64_t offset = 0;

  friend auto operator<=>(const line_position&, const line_position&) = default;
};

/// Whole lines that were read, each with its newline, and where the next
/// begins. No lines: there are none beyond `next` just now.
struct line_chunk {
  std::string lines;
  line_position next;
};

/// Lines on disk, bounded: at most `files` times `file_bytes` (and the length
/// of one line). The files' names carry a generation that only grows, so a
/// position stays valid while others write and old files go. Mode 0600.
///
/// It outlives a crash: a last line without its newline, as a crash or a full
/// disk leaves it, is cut off when the log is opened. A power cut may cost what
/// was not synced. There may be one writer at a time, and the object is not
/// thread-safe.
class line_log {
public:
  /// Opens the log, or begins one. Errors: `storage_failed`.
  static protocol::result<line_log> open(line_log_settings settings);

  /// Appends whole lines, each ending in a newline, with as few writes as
  /// there are files to write to. What could not be written whole is taken
  /// back, so that the file ends with a line. Errors: `storage_failed`; lines
  /// before the one that failed may be there.
  protocol::result<void> append(std::string_view lines);

  /// Has the disk keep what was appended. Errors: `storage_failed`.
  protocol::result<void> sync();

  /// Reads lines from `from` on, about `bytes` of them but at least one. A
  /// position whose file is gone means the oldest line that is kept. Errors:
  /// `storage_failed`.
  [[nodiscard]] protocol::result<line_chunk> read(line_position from,
                                                  size_t bytes) const;

  /// The generations that are kept, the oldest first; never empty.
  [[nodiscard]] const std::vector<uint64_t>& generations() const noexcept {
    return generations_;
  }

  /// Behind the last line.
  [[nodiscard]] line_position end() const noexcept {
    return {generations_.back(), size_};
  }

  /// Takes other bounds from now on; `directory` and `name` stay.
  void resize(size_t file_bytes, size_t files);

private:
  explicit line_log(line_log_settings settings)
      : settings_(std::move(settings)) {}

  [[nodiscard]] std::string path_of(uint64_t generation) const;
  protocol::result<void> open_current();
  protocol::result<void> begin(uint64_t generation);
  protocol::result<void> write(std::string_view lines);
  void drop_oldest();

  line_log_settings settings_;
  std::vector<uint64_t> generations_;
  fd current_;
  uint64_t size_ = 0;
};

} // namespace hiisi::os
