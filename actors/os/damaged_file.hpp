#pragma once

#include "protocol/result.hpp"

#include <string>

namespace hiisi::os {

/// Renames a file that cannot be read, to `<path>.damaged` or, where there is
/// one already, `<path>.damaged.2` and so on: what is written in its place then
/// destroys nothing that somebody may still mend. Returns the new path. Errors:
/// `storage_failed`.
protocol::result<std::string> set_aside(const std::string& path);

/// Sets it aside and says so behind what is wrong with it.
protocol::error set_aside(const std::string& path, protocol::error why);

} // namespace hiisi::os
