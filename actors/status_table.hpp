#pragma once

#include "actors/core/authorization.hpp"
#include "actors/core/unused_ports.hpp"
#include "actors/messages.hpp"

#include <optional>

namespace hiisi::actors {

/// One row of `status`, with no more in it than `viewer` may see, and with
/// those of its ports marked that are in `unused`.
[[nodiscard]] protocol::status_entry
show(const process_view& view, const core::subject& viewer, core::boot_time now,
     const core::unused_ports& unused = {});

/// Since when it has been up; absent where it is not.
[[nodiscard]] std::optional<core::boot_time> up_since(const process_view& view);

/// How long it has been, which is zero where it has not.
[[nodiscard]] core::boot_time uptime(std::optional<core::boot_time> since,
                                     core::boot_time now);

} // namespace hiisi::actors
