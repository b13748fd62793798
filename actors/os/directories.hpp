#pragma once

#include "actors/os/file.hpp"
#include "protocol/result.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace hiisi::os {

/// Where a daemon keeps its things. Absolute paths.
struct places {
  /// The socket that clients connect to.
  std::string socket;
  /// What outlives a reboot.
  std::string state_dir;
  /// What does not.
  std::string runtime_dir;
  /// The socket between daemon and keeper.
  std::string keeper_socket;
  /// Whether the daemon serves every user, or only the one it runs as.
  bool system = false;

  friend bool operator==(const places&, const places&) = default;
};

/// What was asked for on the command line or in the configuration.
struct chosen_places {
  std::optional<std::string> socket;
  std::optional<std::string> state_dir;
  std::optional<std::string> runtime_dir;
};

/// An environment variable, or nothing where it is not set.
using environment_lookup
    = std::function<std::optional<std::string>(std::string_view)>;

/// The places of a daemon, with the defaults of README.org where nothing was
/// chosen. The system's: /run/hiisi and /var/lib/hiisi. A user's own:
/// $XDG_RUNTIME_DIR/hiisi, or /tmp/hiisi-<uid> where that is not set, and
/// $XDG_STATE_HOME/hiisi, or ~/.local/state/hiisi; as the XDG Base Directory
/// Specification says, a relative path in these variables counts as none. With
/// a state directory chosen and no runtime directory, the latter is "run"
/// within the former, so that instances can stand side by side. Looks at
/// nothing but its arguments. Errors: `invalid_argument` (a chosen path is
/// relative, or a home directory is needed and not known).
protocol::result<places> default_places(bool system, uint32_t uid,
                                        const environment_lookup& environment,
                                        const chosen_places& chosen = {});

/// Makes the state and the runtime directory, for `owner`, and checks those
/// that are there: each must be a directory, no symbolic link, and the owner's.
/// A user's own are 0700. The system's state directory is 0700, or 0711 where
/// the runtime directory lies in it, which is 0755: users must reach the
/// socket.
///
/// Called as root for an owner who is not, it gives the owner a directory that
/// an earlier run as root made, with all in it that is root's: where the host
/// had no user for the daemon at first, nothing is lost once it has one. Such a
/// directory is known by the file ".hiisi" in it, so that no path given by
/// mistake (/etc, say) ever changes hands. Errors: `not_permitted`,
/// `storage_failed`, each with what to do.
protocol::result<void> prepare(const places& where, directory_owner owner);

} // namespace hiisi::os
