#pragma once

#include <chrono>

namespace hiisi::hiidet {

/// What systemd wants to know of us; without it these do nothing.
void notify_ready();
void notify_stopping();
void notify_alive();

/// How often notify_alive is to be called; zero where nobody watches.
[[nodiscard]] std::chrono::milliseconds watchdog_interval();

} // namespace hiisi::hiidet
