#pragma once

#include "test/support/system_accounts.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace hiisi::test {

/// A machine that is busy with other builds needs this long for a little work.
inline constexpr std::chrono::seconds patience{60};

/// A program to start.
struct launch {
  account who;
  std::vector<std::string> argv;
  /// The whole environment.
  std::map<std::string, std::string> env;
  std::string cwd = "/";
  /// Soft and hard RLIMIT_NOFILE, where it is to be another.
  std::optional<unsigned> descriptors;
};

/// How a program ended: its exit status, or 128 + signal.
struct outcome {
  int status = -1;
  std::string out;
  std::string err;
};

/// Starts it with its output to these descriptors; its pid.
pid_t start_program(const launch& what, int out, int err);

/// Runs it to its end. One that does not end within `limit` is killed, and the
/// test fails by an exception.
outcome run_to_end(const launch& what,
                   std::chrono::milliseconds limit = patience);

/// The status of a child that is to end within `limit`, as in `outcome`;
/// nothing if it does not end.
std::optional<int> wait_for_exit(pid_t pid,
                                 std::chrono::milliseconds limit = patience);

/// A file's bytes, or "" where it cannot be read.
std::string text_of(const std::string& path);

/// Sends a signal to that one process. Throws for what kill(2) takes for many
/// processes: 0 and negative numbers.
void send_signal(int pid, int signal);

/// Whether a process of that number exists and is no zombie.
bool lives(int pid);

} // namespace hiisi::test
