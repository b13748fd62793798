#pragma once

#include "actors/core/process_record.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>

namespace hiisi::core {

/// How patient Hiisi is with a program that keeps ending. The defaults follow
/// what users of other managers came to expect: pm2 forgets failures after
/// 30 s of uptime, and systemd is blamed for not doing so.
struct restart_settings {
  /// The longest wait between two starts.
  std::chrono::milliseconds backoff_max{60'000};
  /// An incarnation that was up this long clears the count of failures.
  std::chrono::milliseconds reset_after{30'000};
  /// After this many quick failures in a row it is given up.
  uint32_t give_up_after = 10;

  friend bool operator==(const restart_settings&, const restart_settings&)
      = default;
};

/// How one incarnation ended, as far as the restart policy cares.
struct ending {
  /// False when it ended by exit status 0.
  bool failure = true;
  /// How long it was up; zero when it could not be started at all.
  std::chrono::nanoseconds uptime{0};
};

/// It is to be started again after `delay`.
struct restart_after {
  std::chrono::milliseconds delay;
  /// The count of quick failures in a row, this one included.
  uint32_t quick_failures;
};

/// It failed too often; `reason` is for people.
struct give_up {
  std::string reason;
  uint32_t quick_failures;
};

/// Its policy does not want it started again.
struct leave_ended {};

using restart_decision = std::variant<restart_after, give_up, leave_ended>;

/// Decides what follows the end of a process. `quick_failures` counts those
/// before this one; `random` is uniform in [0, 1) and spreads the waits by a
/// tenth up and down, so that many processes that failed of one cause do not
/// come back in one instant.
///
/// The waits are 0, 1, 2, 4 … seconds up to `backoff_max`: the first restart
/// waits for nothing, since most crashes are single ones.
[[nodiscard]] restart_decision decide_restart(protocol::restart_policy policy,
                                              const restart_settings& settings,
                                              uint32_t quick_failures,
                                              const ending& end, double random);

/// How long a start waits that could not be had just then, after `refusals` of
/// its kind in a row: 1, 2, 4 … seconds up to `backoff_max`, spread as above.
/// It is never given up, since nothing runs in vain.
[[nodiscard]] std::chrono::milliseconds
wait_after_refusal(const restart_settings& settings, uint32_t refusals,
                   double random);

} // namespace hiisi::core
