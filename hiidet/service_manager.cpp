#include "hiidet/service_manager.hpp"

#include <systemd/sd-daemon.h>

#include <cstdint>

namespace hiisi::hiidet {

void notify_ready() {
  ::sd_notify(0, "READY=1");
}

void notify_stopping() {
  ::sd_notify(0, "STOPPING=1");
}

void notify_alive() {
  ::sd_notify(0, "WATCHDOG=1");
}

std::chrono::milliseconds watchdog_interval() {
  uint64_t microseconds = 0;
  if (::sd_watchdog_enabled(0, &microseconds) <= 0)
    return std::chrono::milliseconds{0};
  // systemd ends a service that has been silent for the whole of it.
  return std::chrono::milliseconds{microseconds / 2000};
}

} // namespace hiisi::hiidet
