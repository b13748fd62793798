#pragma once

#include "hiisi/client.hpp"
#include "hiisi/environment.hpp"
#include "protocol/result.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace hiisi::cli {

/// The directories where hiidet is looked for, in order: beside this program,
/// in ../sbin from there, in PATH, in /usr/local/sbin and /usr/sbin, which are
/// in few users' PATH.
[[nodiscard]] std::vector<std::string>
daemon_directories(const environment& env, const std::string& own_directory);

/// The directory that this program lies in, from /proc; empty if unknown.
[[nodiscard]] std::string own_directory();

/// The first executable file `hiidet` in these directories. Errors:
/// `unavailable`, naming what was searched.
protocol::result<std::string>
find_daemon(const std::vector<std::string>& directories);

struct autostart_settings {
  /// The program to start, without arguments, in this environment.
  std::string program;
  environment env;
  /// Made 0700 if it is missing; hiidet.log in it takes standard error.
  std::string state_directory;
  /// Where the daemon will listen.
  std::string socket;
  std::chrono::milliseconds deadline{5000};
};

/// Starts the daemon detached from terminal, session and descriptors of the
/// caller, and waits until somebody accepts connections at the socket. That
/// may be a daemon that somebody else started at the same time: then ours ends
/// by itself, being refused the lock. Errors: `unavailable`, with the last
/// line that the daemon wrote.
protocol::result<client> start_daemon(const autostart_settings& settings);

} // namespace hiisi::cli
