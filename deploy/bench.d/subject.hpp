#pragma once

#include "deploy/bench.d/measure.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <sys/types.h>

namespace hiisi::bench {

/// What a child is to run.
struct launch {
  std::vector<std::string> argv;
  bool restart = false;
};

/// A supervisor under measurement. Requests of one call are pipelined over one
/// connection; a call returns once all of them are answered.
class subject {
public:
  virtual ~subject() = default;

  /// Sends the requests and returns without waiting for the answers.
  virtual void send_starts(const std::vector<launch>& what) = 0;
  /// Waits for the answers; the ids in the order of the requests.
  virtual std::vector<uint32_t> await_starts(size_t count) = 0;

  /// The connection that the answers come over.
  [[nodiscard]] virtual stream& connection() = 0;

  virtual void stop(const std::vector<uint32_t>& ids) = 0;

  /// Asks for the status of all, and checks that the answer has `expected`
  /// children. Returns the time from request to answer in milliseconds; the
  /// checking is not in it.
  virtual double status(size_t expected) = 0;

  /// The command line that asks for the same.
  [[nodiscard]] virtual std::vector<std::string> status_command() const = 0;

  /// The file that takes the standard output of the child `id`.
  [[nodiscard]] virtual std::string output_file(uint32_t id) const = 0;

  /// Every process that belongs to the supervisor, children left out.
  [[nodiscard]] virtual std::vector<pid_t> processes() const = 0;
};

/// Hiisi, which can be asked for more than is measured of both.
class daemon_subject : public subject {
public:
  /// Where clients connect.
  [[nodiscard]] virtual std::string socket() const = 0;
  /// Where its metrics are: a socket for HTTP.
  [[nodiscard]] virtual std::string http_socket() const = 0;
  /// The directory that survives a reboot.
  [[nodiscard]] virtual std::string state() const = 0;
  /// Kills the daemon, starts it anew, and asks for the status of all, which is
  /// to show `expected` running children. Returns the time from the start to
  /// the answer in milliseconds.
  virtual double recover(size_t expected) = 0;
};

/// Where everything lies.
struct places {
  /// Holds hiidet, hiisi, hiisi-keeper and the benchmarks' programs.
  std::string programs;
  /// An empty directory that others may enter.
  std::string scratch;
  /// Likewise, on tmpfs: the daemon's runtime directory, as /run/hiisi is where
  /// Hiisi is installed.
  std::string runtime;
  /// ~/.logs of the user who runs the benchmarks, as the daemon sees it.
  std::string logs;
  /// What the names of Hiisi's processes begin with, so that their log files
  /// can be told from others'.
  std::string prefix;
};

[[nodiscard]] std::unique_ptr<subject> make_floor(const places& where);
[[nodiscard]] std::unique_ptr<daemon_subject> make_hiisi(const places& where);

} // namespace hiisi::bench
