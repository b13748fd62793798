#pragma once

#include "protocol/response.hpp"

#include <cstdint>
#include <string>

namespace hiisi::actors {

/// Appends to `out` the frames of an answer for a client that speaks
/// `version`: long lists go out in several to whoever understands that.
void append_frames(std::string& out, protocol::payload&& what,
                   uint32_t version);

} // namespace hiisi::actors
