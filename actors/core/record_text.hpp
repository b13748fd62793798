#pragma once

#include "actors/core/process_record.hpp"
#include "protocol/result.hpp"

#include <string>
#include <string_view>

namespace hiisi::core {

/// The length of a record's head, in bytes: one sector of any disk, which is
/// written whole or not at all.
inline constexpr size_t record_head_bytes = 512;

/// A process's record as the RON text of `<state>/processes/<id>.ron`. The
/// first record_head_bytes hold all that ever changes, padded with blanks, so
/// that a change is one write in place: nothing can tear it, it needs no room
/// on a full disk, and costs no file.
[[nodiscard]] std::string write_record(const process_record& record);

/// The head alone, of record_head_bytes. A reason that is too long for it is
/// cut.
[[nodiscard]] std::string write_record_head(const process_record& record);

/// Reads it back. `source` is what errors call the text. Fields that are
/// missing take their defaults, as a record of an earlier release may lack
/// some; errors (`invalid_argument`) name line and column. An environment that
/// is the same as `usual` is shared with it.
protocol::result<process_record>
read_record(std::string_view text, std::string_view source,
            const protocol::shared_environment& usual = {});

/// A live record as the RON text of `<runtime>/live/<id>.ron`, padded to
/// record_head_bytes.
[[nodiscard]] std::string write_live_record(const live_record& record);
protocol::result<live_record> read_live_record(std::string_view text,
                                               std::string_view source);

} // namespace hiisi::core
