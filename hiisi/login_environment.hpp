#pragma once

#include "hiisi/environment.hpp"
#include "protocol/result.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace hiisi::cli {

/// What a login of the caller's would begin with.
struct login_world {
  environment env;
  uint32_t umask = 0022;
  std::string home;
};

/// What a login begins with before any shell has run, as su(1) makes it: HOME,
/// USER, LOGNAME, SHELL, the PATH of login.defs, and the lines of
/// /etc/environment, which come first. `root` takes ENV_SUPATH, others
/// ENV_PATH.
[[nodiscard]] std::map<std::string, std::string, std::less<>>
login_basics(std::string_view login_defs, std::string_view etc_environment,
             const std::string& user, const std::string& home,
             const std::string& shell);

/// Has the caller's login shell read what it reads at a login (/etc/profile,
/// ~/.profile and the like), as the caller, and takes what it exports and its
/// umask. Nothing of the caller's own environment gets there. Errors:
/// `unavailable` for a caller whom the user database does not know, and for a
/// shell that cannot be run, fails, or is not done within `patience`.
[[nodiscard]] protocol::result<login_world>
ask_login_shell(std::chrono::milliseconds patience = std::chrono::seconds{10});

} // namespace hiisi::cli
