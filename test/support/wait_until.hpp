#pragma once

#include <chrono>
#include <thread>

namespace hiisi::test {

/// Polls `condition` until it holds or `limit` has passed; returns whether it
/// holds. The place for it is what another process or the kernel does in its
/// own time; whatever can be driven by hand needs no waiting.
template <class Condition>
[[nodiscard]] bool wait_until(Condition condition,
                              std::chrono::milliseconds limit
                              = std::chrono::seconds(10)) {
  auto deadline = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline)
      return condition();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

} // namespace hiisi::test
