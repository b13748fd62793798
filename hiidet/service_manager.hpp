#pragma once

#include "actors/os/fd.hpp"

#include <chrono>

namespace hiisi::hiidet {

/// What systemd wants to know of us; without it these do nothing.
void notify_ready();
void notify_stopping();
void notify_alive();

/// The socket named "http" that it has opened for us (a .socket unit with
/// FileDescriptorName=http), if any. To be called once, before there are
/// threads or children.
[[nodiscard]] os::fd inherited_http_socket();

/// How often notify_alive is to be called; zero where nobody watches.
[[nodiscard]] std::chrono::milliseconds watchdog_interval();

} // namespace hiisi::hiidet
