#pragma once

#include <chrono>
#include <cstdint>

namespace hiisi::core {

/// How a process is asked to end. The three steps are the first Hiisi's;
/// two waits of 5 s keep the whole at the 10 s that other managers grant.
struct stop_settings {
  /// The signal of the first rung; SIGINT, as Ctrl-C sends.
  int signal = 2;
  /// How long each of the first two rungs waits for the tree to end.
  std::chrono::milliseconds timeout{5'000};

  friend bool operator==(const stop_settings&, const stop_settings&) = default;
};

/// One rung: what is sent to the whole tree, and how long to wait for it.
struct rung {
  enum class means : uint8_t {
    /// `signal` to every process of the tree.
    signal,
    /// The kernel kills the tree for certain.
    kill,
  };
  means how = means::signal;
  int signal = 0;
  std::chrono::milliseconds patience{0};

  friend bool operator==(const rung&, const rung&) = default;
};

/// Rung `step` of the ladder, counted from 0: the first signal, SIGTERM, kill;
/// from there on the tree is killed again now and then, each time with more
/// patience up to a minute, until the kernel lets it go.
[[nodiscard]] rung ladder_rung(const stop_settings& settings,
                               uint32_t step) noexcept;

/// The step at which the ladder has done all it can: a stop that gets past it
/// is reported as stuck.
inline constexpr uint32_t stuck_step = 3;

} // namespace hiisi::core
