#include "actors/core/restart_policy.hpp"

#include <algorithm>

namespace hiisi::core {

namespace {

std::chrono::milliseconds backoff(const restart_settings& settings,
                                  uint32_t quick_failures, double random) {
  using namespace std::chrono_literals;
  if (quick_failures <= 1)
    return 0ms;
  // 2^22 s is far above any maximum, and far below an overflow.
  auto doublings = std::min(quick_failures - 2, 22u);
  auto wait = std::min<std::chrono::milliseconds>(
      std::chrono::seconds{1ll << doublings}, settings.backoff_max);
  auto spread = 0.9 + 0.2 * random;
  return std::chrono::milliseconds{static_cast<std::chrono::milliseconds::rep>(
      static_cast<double>(wait.count()) * spread)};
}

} // namespace

restart_decision decide_restart(protocol::restart_policy policy,
                                const restart_settings& settings,
                                uint32_t quick_failures, const ending& end,
                                double random) {
  using protocol::restart_policy;
  if (policy == restart_policy::no
      || (policy == restart_policy::on_failure && !end.failure))
    return leave_ended{};
  auto quick = end.uptime < settings.reset_after ? quick_failures + 1 : 1;
  if (end.uptime < settings.reset_after && quick >= settings.give_up_after)
    return give_up{"ended " + std::to_string(quick)
                       + " times in a row, each within "
                       + std::to_string(settings.reset_after.count() / 1000)
                       + " s of its start",
                   quick};
  // A long-lived incarnation that ends starts the count anew at nothing.
  if (end.uptime >= settings.reset_after)
    return restart_after{std::chrono::milliseconds{0}, 0};
  return restart_after{backoff(settings, quick, random), quick};
}

std::chrono::milliseconds wait_after_refusal(const restart_settings& settings,
                                             uint32_t refusals, double random) {
  return backoff(settings, std::min(refusals, 30u) + 2, random);
}

} // namespace hiisi::core
