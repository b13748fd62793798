#include "hiidet/service_manager.hpp"

#include <systemd/sd-daemon.h>

#include <cstdint>
#include <cstdlib>
#include <string_view>

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

os::fd inherited_http_socket() {
  char** names = nullptr;
  const int count = ::sd_listen_fds_with_names(1, &names);
  os::fd found;
  for (int i = 0; i < count; ++i) {
    os::fd one{SD_LISTEN_FDS_START + i};
    if (std::string_view{names[i]} == "http")
      found = std::move(one);
    std::free(names[i]);
  }
  std::free(names);
  return found;
}

std::chrono::milliseconds watchdog_interval() {
  uint64_t microseconds = 0;
  if (::sd_watchdog_enabled(0, &microseconds) <= 0)
    return std::chrono::milliseconds{0};
  // systemd ends a service that has been silent for the whole of it.
  return std::chrono::milliseconds{microseconds / 2000};
}

} // namespace hiisi::hiidet
