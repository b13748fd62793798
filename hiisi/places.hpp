#pragma once

#include "hiisi/environment.hpp"
#include "protocol/result.hpp"

#include <cstdint>
#include <optional>
#include <string>

#include <sys/types.h>

namespace hiisi::cli {

/// Where the daemon of the whole host listens.
inline constexpr const char* system_socket_path = "/run/hiisi/hiisi.sock";

/// Who said which socket to use.
enum class socket_origin : uint8_t {
  /// `--socket` or HIISI_SOCKET: that one or none.
  given,
  /// The host's.
  system,
  /// The user's own, where a daemon may be started.
  own,
};

struct socket_choice {
  std::string path;
  socket_origin origin = socket_origin::given;
};

/// Chooses the socket to speak to: `given`, HIISI_SOCKET, the system's where
/// it exists, and for anyone but root the user's own. Errors: `unavailable`
/// when nothing is left to try (root without a system daemon), or when the
/// place of the user's own socket belongs to somebody else.
protocol::result<socket_choice>
choose_socket(const std::optional<std::string>& given, const environment& env,
              uid_t uid, const std::string& system_socket = system_socket_path);

/// The socket of the user's own daemon: in $XDG_RUNTIME_DIR/hiisi, or in
/// /tmp/hiisi-UID where the variable is unset or not absolute. Errors:
/// `unavailable` where a directory on the way belongs to another user or, for
/// the one in /tmp, is open to others: whoever can write there can pose as the
/// daemon.
protocol::result<std::string> own_socket(const environment& env, uid_t uid);

/// Where the user's own daemon keeps its state: $XDG_STATE_HOME/hiisi, or
/// ~/.local/state/hiisi. Errors: `unavailable` when neither variable is set.
protocol::result<std::string> own_state_directory(const environment& env);

} // namespace hiisi::cli
