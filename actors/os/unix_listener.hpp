#pragma once

#include "actors/os/fd.hpp"
#include "protocol/result.hpp"

#include <string>

#include <sys/types.h>

namespace hiisi::os {

/// A listening Unix stream socket, and the lock that makes it the only one at
/// its path. The lock is flock(2) on "<path>.lock", which holds the pid of who
/// has it; it ends with the process, however that ends, and the lock file
/// stays. The listener is CLOEXEC and non-blocking, with a backlog of 4096.
class unix_listener {
public:
  /// Listens at `path`, whose directory exists and belongs to the caller. The
  /// socket appears by rename(2), listening and with permissions `mode`, so
  /// that nobody ever finds it otherwise; one that a crash left there is
  /// replaced. To be called after privileges are dropped, so that socket and
  /// lock belong to the user that the daemon runs as.
  /// Errors: `conflict` (another daemon has the lock or answers there),
  /// `invalid_argument` (the path is too long, or something else than a socket
  /// is there), `storage_failed`, `not_permitted`.
  static protocol::result<unix_listener> bind(const std::string& path,
                                              mode_t mode);

  /// Takes over a listener from who started us, such as systemd (LISTEN_FDS),
  /// and takes the lock of its path too. The path is left alone at the end.
  /// Errors: `invalid_argument` (no listening Unix stream socket), `conflict`
  /// and `storage_failed` as above.
  static protocol::result<unix_listener> adopt(fd inherited);

  unix_listener(unix_listener&&) noexcept = default;
  unix_listener& operator=(unix_listener&&) = delete;

  /// Removes the socket that bind() made.
  ~unix_listener();

  [[nodiscard]] int get() const noexcept { return socket_.get(); }

  /// Where it listens; empty for a socket without a name in the file system.
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

private:
  unix_listener(fd lock, fd socket, std::string path, bool remove_at_end)
      : lock_(std::move(lock)),
        socket_(std::move(socket)),
        path_(std::move(path)),
        remove_at_end_(remove_at_end) {}

  fd lock_;
  fd socket_;
  std::string path_;
  bool remove_at_end_;
};

} // namespace hiisi::os
