#pragma once

#include "hiisi/verbs.hpp"

#include <optional>
#include <string>

namespace hiisi::cli {

/// Asks for everything that `debug` shows and writes it as a tar archive to
/// `file`, or to one named after the time. An existing file is left alone.
/// None of it holds an environment, an argument or a directory of a user's.
exit_status write_bundle(const context& around, client& connection,
                         const std::optional<std::string>& file);

} // namespace hiisi::cli
