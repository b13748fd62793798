#pragma once

#include <string_view>

namespace hiisi::hiidet {

enum class log_level { debug, info, warning, error };

/// Prepares logging to standard error: with the journal's priorities where
/// standard error is the journal, with the time of day otherwise.
void start_log(log_level least);

/// Messages below this are left out from now on.
void set_log_level(log_level least);

/// Writes one line. Control characters are replaced, so that no user's choice
/// of a name can forge a line. Commands and environments are never logged.
void log(log_level level, std::string_view message);

} // namespace hiisi::hiidet
