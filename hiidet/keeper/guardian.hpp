#pragma once

namespace hiisi::keeper {

/// Runs `keeper` in a child and starts it again when it dies by a signal or
/// fails, after a pause where it does so quickly again and again. Passes
/// SIGTERM on. Returns the exit status once the keeper ends well, or could
/// not be set up the first time.
[[nodiscard]] int guard(int (*keeper)());

/// The exit status of a keeper that could not be set up.
inline constexpr int setup_failed = 2;

} // namespace hiisi::keeper
