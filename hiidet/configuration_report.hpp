#pragma once

#include "actors/os/directories.hpp"
#include "hiidet/configuration.hpp"
#include "hiidet/options.hpp"

#include <string>

namespace hiisi::hiidet {

/// The settings in force and where each comes from ("default", "file",
/// "command line", "environment"), as a JSON object. `path` is the
/// configuration's file, `text` what it holds, empty where there is none.
[[nodiscard]] std::string report_configuration(const configuration& settings,
                                               const os::places& where,
                                               const options& given,
                                               const std::string& path,
                                               const std::string& text);

} // namespace hiisi::hiidet
