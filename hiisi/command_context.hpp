#pragma once

#include "hiisi/environment.hpp"
#include "hiisi/options.hpp"
#include "protocol/request.hpp"
#include "protocol/result.hpp"

#include <optional>
#include <string>
#include <vector>

namespace hiisi::cli {

struct prepared_run {
  protocol::run_request request;
  /// Variables that JSON cannot carry, by name.
  std::vector<std::string> left_out;
};

/// What `run` sends: the command, and with it the caller's environment,
/// working directory and umask. Errors: `invalid_argument` when the command or
/// the directory is not UTF-8, `unavailable` when the current directory is
/// gone.
protocol::result<prepared_run> make_run_request(const run_verb& what,
                                                const environment& env);

/// The same for `run --login`: the environment, umask and home directory that
/// the caller's login shell begins with; a directory that was given counts.
/// Errors: also those of ask_login_shell().
protocol::result<prepared_run> make_login_run_request(run_verb what);

/// The error for a program with a logger that is not to be found: it is
/// hiisi-logger that the daemon starts, which succeeds, and the program's name
/// is looked up too late for anybody to be told.
[[nodiscard]] std::optional<protocol::error>
missing_program(const protocol::run_request& run);

/// The error for "--restart on-failure ./srv" and "--port web ./srv", where the
/// value was taken for the program: only when no program of that name can be
/// found in PATH or in the current directory.
[[nodiscard]] std::optional<protocol::error>
value_taken_for_command(const run_verb& what, const environment& env);

} // namespace hiisi::cli
