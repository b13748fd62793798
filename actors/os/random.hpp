#pragma once

#include <chrono>
#include <cstdint>

#include <sys/random.h>

namespace hiisi::os {

/// A seed that nobody can foresee, from getrandom(2), for
/// core::seeded_random. Does not block: where the kernel's pool is not ready,
/// early in a boot, the clock stands in, which is good enough for jitter and
/// for choosing ports.
[[nodiscard]] inline uint64_t random_seed() noexcept {
  uint64_t seed = 0;
  if (::getrandom(&seed, sizeof seed, GRND_NONBLOCK) == sizeof seed)
    return seed;
  return static_cast<uint64_t>(
      std::chrono::steady_clock::now().time_since_epoch().count());
}

} // namespace hiisi::os
