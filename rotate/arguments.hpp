#pragma once

#include "actors/core/log_rotation.hpp"
#include "protocol/result.hpp"

#include <string>
#include <vector>

namespace hiisi::rotate {

/// The file among the logs in which runs for the daemon leave what went wrong.
inline constexpr const char* told_in = "rotation.log";

struct log_to_look_at {
  /// A file name, without a directory.
  std::string name;
  core::log_limits limits;
};

struct arguments {
  std::string directory;
  std::vector<log_to_look_at> logs;
};

/// Reads "DIRECTORY BYTES:KEEP:NAME ...". Errors: `invalid_argument`.
protocol::result<arguments>
read_arguments(const std::vector<std::string>& words);

} // namespace hiisi::rotate
