#include "actors/core/stop_ladder.hpp"

#include <algorithm>

namespace hiisi::core {

namespace {

// The numbers are the same on every architecture that Linux runs on; core
// includes no system header.
constexpr int signal_kill = 9;
constexpr int signal_term = 15;

} // namespace

rung ladder_rung(const stop_settings& settings, uint32_t step) noexcept {
  using namespace std::chrono_literals;
  if (step == 0 && settings.signal != signal_kill)
    return {rung::means::signal, settings.signal, settings.timeout};
  if (step == 1 && settings.signal != signal_kill)
    return {rung::means::signal, signal_term, settings.timeout};
  auto later = step > 2 ? std::min(step - 2, 5u) : 0u;
  return {rung::means::kill, signal_kill,
          std::min<std::chrono::milliseconds>(5s * (1u << later), 60s)};
}

} // namespace hiisi::core
