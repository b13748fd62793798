#pragma once

#include "actors/messages.hpp"

#include <caf/fwd.hpp>

namespace hiisi::actors {

/// Bodies longer than this are read by the request_decoder.
inline constexpr size_t short_body_bytes = 64 * 1024;

/// Spawns the actor that reads long requests for sessions, on a thread of its
/// own: the longest takes a second, in which nobody else would be served. It
/// also gives memory back to the system when much of it has become free.
caf::actor spawn_request_decoder(caf::actor_system& system,
                                 bool detached = true);

} // namespace hiisi::actors
