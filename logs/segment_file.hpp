#pragma once

#include "logs/directory.hpp"
#include "protocol/result.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace hiisi::logs {

// The only place that knows zstd.

/// Reads the bytes of a segment's file, in blocks.
class segment_reader {
public:
  /// Opens a file of `where`. Errors: `not_found` (it may have gone since it
  /// was listed, being too old), `unavailable`.
  static protocol::result<segment_reader> open(const directory& where,
                                               const std::string& name);

  segment_reader(segment_reader&&) noexcept;
  segment_reader& operator=(segment_reader&&) noexcept;
  ~segment_reader();

  /// The next bytes, good until the next call; none at the end. Errors:
  /// `storage_failed` where the file is damaged, `unavailable` where it cannot
  /// be read.
  protocol::result<std::string_view> read();

private:
  struct state;
  explicit segment_reader(std::unique_ptr<state> made);
  std::unique_ptr<state> state_;
};

/// Writes a segment's file.
class segment_writer {
public:
  /// Makes a file in `where` that nobody else can read, in the place of one of
  /// that name. Errors: `unavailable`.
  static protocol::result<segment_writer> create(const directory& where,
                                                 const std::string& name);

  segment_writer(segment_writer&&) noexcept;
  segment_writer& operator=(segment_writer&&) noexcept;
  ~segment_writer();

  /// Errors of both: `unavailable` (the disk is full, for instance).
  protocol::result<void> write(std::string_view bytes);
  /// Writes what there is yet and has the disk keep it. More may be written
  /// after that.
  protocol::result<void> sync();

private:
  struct state;
  explicit segment_writer(std::unique_ptr<state> made);
  std::unique_ptr<state> state_;
};

} // namespace hiisi::logs
