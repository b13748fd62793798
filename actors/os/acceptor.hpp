#pragma once

#include "actors/os/fd.hpp"

namespace hiisi::os {

/// What came of trying to accept a connection.
struct accept_result {
  enum class outcome {
    /// There is one, in `connection`: CLOEXEC and non-blocking.
    accepted,
    /// Nobody waits, or who waited has gone.
    none,
    /// No descriptor was left, so the connection was taken and closed at once:
    /// the client sees the end of the stream instead of silence.
    shed,
    /// No descriptor or memory is left and nothing could be shed. The caller
    /// stops listening for a while: the connection stays in the backlog, and
    /// poll would report it again and again.
    exhausted,
    /// The listener itself is broken; `error` says how.
    failed,
  };
  outcome how = outcome::none;
  fd connection;
  /// The errno of `exhausted` and `failed`.
  int error = 0;
};

/// Opens a descriptor whose only use is to be given up in need.
[[nodiscard]] fd open_spare() noexcept;

/// Accepts one connection from a non-blocking listener. `spare` is what
/// open_spare gave; on EMFILE and ENFILE it makes room to shed the connection
/// and is opened anew. An empty `spare` is filled as soon as there is room.
[[nodiscard]] accept_result accept_one(int listener, fd& spare) noexcept;

} // namespace hiisi::os
