#pragma once

#include "protocol/result.hpp"

#include <string>

namespace hiisi::os {

/// What the kernel calls this run of itself, a UUID such as
/// "2f1d9e0c-2b5a-4c7e-9d5b-0f6f8a3f6a11": another one after each boot. Errors:
/// `unavailable`.
protocol::result<std::string> boot_id();

/// The same, asked once; empty where the kernel does not say. Two empty ones
/// compare equal, so that without a boot id every boot counts as one.
[[nodiscard]] const std::string& this_boot();

} // namespace hiisi::os
