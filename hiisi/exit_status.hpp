#pragma once

#include "protocol/error.hpp"

namespace hiisi::cli {

/// What `hiisi` ends with. The numbers follow the LSB's for init scripts, as
/// supervisorctl's do; scripts rely on them, so they never change.
enum class exit_status : int {
  done = 0,
  /// The daemon refused, or something failed.
  refused = 1,
  /// The command line makes no sense.
  usage = 2,
  /// `status ID`: it is there but not running.
  not_running = 3,
  /// Not permitted, or no such process, port or user.
  denied = 4,
  /// No daemon answers.
  no_daemon = 5,
};

/// The exit status that an error from the daemon leads to.
[[nodiscard]] inline exit_status exit_status_of(protocol::errc code) noexcept {
  switch (code) {
  case protocol::errc::not_found:
  case protocol::errc::not_permitted:
    return exit_status::denied;
  default:
    return exit_status::refused;
  }
}

/// The worse of two, for commands with several objects: the higher number.
[[nodiscard]] inline exit_status worse(exit_status a, exit_status b) noexcept {
  return static_cast<int>(a) < static_cast<int>(b) ? b : a;
}

} // namespace hiisi::cli
