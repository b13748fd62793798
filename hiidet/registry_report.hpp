#pragma once

#include "protocol/response.hpp"

#include <functional>
#include <string>

namespace hiisi::hiidet {

/// Compares what the registry's actor has in memory with the registry's file
/// and with what the kernel says: an object in JSON with a row for each port
/// that any of them knows. `path` is the file's.
[[nodiscard]] std::string compare_registry(const std::string& path,
                                           const protocol::payload& memory);

} // namespace hiisi::hiidet
