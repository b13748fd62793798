#pragma once

#include "hiisi/client.hpp"
#include "hiisi/environment.hpp"
#include "hiisi/places.hpp"
#include "protocol/result.hpp"

#include <chrono>
#include <iosfwd>
#include <optional>
#include <string>

#include <sys/types.h>

namespace hiisi::cli {

struct reach_settings {
  /// From `--socket`.
  std::optional<std::string> socket;
  environment env;
  uid_t uid = 0;
  /// Whether the user's own daemon may be started where there is none.
  bool autostart = true;
  std::string system_socket = system_socket_path;
  /// Where hiidet is looked for first; empty if unknown.
  std::string own_directory;
  /// How long a daemon that is being restarted is waited for.
  std::chrono::milliseconds patience{2000};
};

/// Connects to the daemon that choose_socket() names. A socket behind which
/// nobody is, and a system's directory without a socket, may be a daemon in
/// the middle of a restart: they are tried again until `patience` is over. Then
/// the user's own daemon is started, which is said in one line on `notices`.
/// Errors: `unavailable`, with a hint how to start one.
protocol::result<client> reach_daemon(const reach_settings& settings,
                                      std::ostream& notices);

} // namespace hiisi::cli
