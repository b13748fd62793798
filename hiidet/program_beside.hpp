#pragma once

#include "protocol/result.hpp"

#include <string>

namespace hiisi::hiidet {

/// The path of a program that is installed beside this one. It is looked for
/// nowhere else: what runs as root searches no PATH. Errors: `unavailable`.
protocol::result<std::string> program_beside(const std::string& name);

} // namespace hiisi::hiidet
