#pragma once

#include "protocol/response.hpp"
#include "protocol/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace hiisi::core {

/// The directory for output files within a home directory.
inline constexpr std::string_view log_directory_name = ".logs";

/// The part of a log's file name that comes from a process's name: ASCII
/// letters, digits, '.', '_' and '-' are kept, every run of other bytes becomes
/// one '-', and at most max_name_bytes are left of it. "process" where nothing
/// is left.
[[nodiscard]] std::string log_stem(std::string_view name);

/// Where the output of process `id` goes: "<home>/.logs/<id>-<name>.out" and
/// ".err". Error: `invalid_argument` where `home`, which comes from the user
/// database, is not an absolute path.
protocol::result<protocol::log_paths>
log_paths_for(std::string_view home, uint32_t id, std::string_view name);

} // namespace hiisi::core
