#pragma once

#include "protocol/response.hpp"

#include <cstdint>
#include <string>

namespace hiisi::actors {

/// The frames of an answer for a client that speaks `version`: long lists go
/// out in several to whoever understands that. What is too long for a frame
/// becomes an error that says so.
[[nodiscard]] std::string frames_of(protocol::payload&& what, uint32_t version);

/// One frame: a whole answer, or with `more` a part of one.
[[nodiscard]] std::string frame_of(protocol::response what, uint32_t version);

} // namespace hiisi::actors
