#pragma once

#include "hiisi/descriptor.hpp"
#include "hiisi/environment.hpp"
#include "protocol/result.hpp"

#include <string>

namespace hiisi::cli {

struct detached_process {
  /// Readable once it has ended; none on kernels without pidfd_open.
  descriptor process;
};

/// Starts a program without arguments as a daemon: a child of init in a
/// session of its own, in /, with standard input and output on /dev/null,
/// standard error appended to `error_log` (made 0600), no other descriptors
/// and no blocked signals. Errors:
/// `unavailable`, saying which step failed.
protocol::result<detached_process> start_detached(const std::string& program,
                                                  const environment& env,
                                                  const std::string& error_log);

} // namespace hiisi::cli
