#pragma once

#include <caf/io/doorman.hpp>
#include <caf/io/network/default_multiplexer.hpp>

namespace hiisi::actors {

/// A doorman for a listening Unix socket. CAF's own spins at full speed when
/// descriptors run out (measured: a core burnt, nothing logged) and lets a
/// concurrent fork inherit what it has just accepted; this one accepts
/// close-on-exec, and when descriptors run out it turns the newcomer away.
/// Takes over `listener`.
caf::io::doorman_ptr make_unix_doorman(caf::io::network::default_multiplexer&,
                                       int listener);

} // namespace hiisi::actors
