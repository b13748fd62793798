#pragma once

#include "actors/core/authorization.hpp"
#include "actors/messages.hpp"

namespace hiisi::actors {

/// One row of `status`, with no more in it than `viewer` may see.
[[nodiscard]] protocol::status_entry show(const process_view& view,
                                          const core::subject& viewer,
                                          core::boot_time now);

} // namespace hiisi::actors
