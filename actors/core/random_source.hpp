#pragma once

#include <cstdint>
#include <functional>
#include <random>

namespace hiisi::core {

/// Chance, passed in so that decisions stay reproducible: called with n > 0 it
/// gives a whole number from 0 to n - 1, each as likely.
using random_source = std::function<uint64_t(uint64_t)>;

/// A random source that gives the same numbers for the same seed. For choices
/// and jitter, not for secrets.
[[nodiscard]] inline random_source seeded_random(uint64_t seed) {
  return [engine = std::mt19937_64(seed)](uint64_t bound) mutable {
    return std::uniform_int_distribution<uint64_t>(0, bound - 1)(engine);
  };
}

} // namespace hiisi::core
