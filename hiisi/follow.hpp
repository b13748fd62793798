#pragma once

#include "hiisi/logs.hpp"
#include "protocol/result.hpp"

#include <span>

namespace hiisi::cli {

/// Writes what the logs hold from where they stand, and then what comes to
/// them, until `out` is closed by its reader. Woken by inotify alone: nothing
/// runs while nothing is written. A log that is truncated is read from its
/// start, one that is replaced is read to its end and then the new one from
/// its start, and one that is not there yet is waited for. Errors:
/// `unavailable` when a directory cannot be watched or `out` takes no more.
protocol::result<void> follow_logs(std::span<log_tail> logs, log_output& out);

} // namespace hiisi::cli
