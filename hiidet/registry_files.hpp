#pragma once

#include "actors/os/directories.hpp"
#include "actors/port_registry.hpp"
#include "hiidet/configuration.hpp"

namespace hiisi::hiidet {

/// The port registry's view of the host: its file in the state directory, the
/// kernel's sockets, the user database and the clock.
[[nodiscard]] actors::registry_world
registry_world_of(const os::places& where, const configuration& settings);

} // namespace hiisi::hiidet
