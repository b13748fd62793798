#pragma once

#include "actors/core/process_record.hpp"
#include "protocol/result.hpp"

#include <string>
#include <string_view>

namespace hiisi::core {

/// A process's record as the RON text of `<state>/processes/<id>.ron`.
[[nodiscard]] std::string write_record(const process_record& record);

/// Reads it back. `source` is what errors call the text. Fields that are
/// missing take their defaults, as a record of an earlier release may lack
/// some; errors (`invalid_argument`) name line and column.
protocol::result<process_record> read_record(std::string_view text,
                                             std::string_view source);

/// A live record as the RON text of `<runtime>/live/<id>.ron`.
[[nodiscard]] std::string write_live_record(const live_record& record);
protocol::result<live_record> read_live_record(std::string_view text,
                                               std::string_view source);

} // namespace hiisi::core
