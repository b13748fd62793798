#pragma once

#include "protocol/response.hpp"

#include <string>

namespace hiisi::core {

/// Reads a status as waitpid(2) gives it. `unknown` says that there is none.
[[nodiscard]] protocol::exit_info
exit_from_wait_status(int status, bool unknown, protocol::wall_time at);

} // namespace hiisi::core
