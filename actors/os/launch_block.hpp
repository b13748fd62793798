#pragma once

#include "actors/os/fd.hpp"
#include "protocol/keeper_wire.hpp"
#include "protocol/result.hpp"
#include "protocol/shared_environment.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace hiisi::os {

/// Everything that a process is started with. All paths are absolute; the
/// keeper's child refuses others. argv[0] is searched on the PATH of its
/// environment unless it holds a slash.
struct launch_spec {
  uint32_t uid = 0;
  uint32_t gid = 0;
  /// The supplementary groups, as from getgrouplist(3).
  std::vector<uint32_t> groups;
  std::vector<std::string> argv;
  /// The environment is both: what is in `env` goes before what is shared.
  /// Where a thousand are started at once, a copy for each would be much
  /// memory.
  protocol::shared_environment shared_env;
  std::map<std::string, std::string> env;
  std::string cwd;
  /// Where both logs lie; made with mode 0700 if it is missing.
  std::string log_directory;
  std::string output_log;
  std::string error_log;
  uint32_t umask = 0022;
  int nice = 0;
  std::vector<keeper_wire::launch_limit> limits;
  /// What its cgroup is held to, as the files of these names take it; empty for
  /// nothing.
  std::string memory_max{};
  std::string pids_max{};
  std::string cpu_max{};

  /// The value of a variable; null where there is none of that name.
  [[nodiscard]] const std::string* variable(const std::string& name) const;
};

/// Packs the spec into a launch block (protocol/keeper_wire.hpp): a memfd,
/// close-on-exec, sealed so that nobody can change it, which rides along with
/// a `spawn`. Errors: `invalid_argument` for an empty argv, a NUL inside of a
/// string, a relative path, a variable whose name is empty or holds '=', or
/// more than keeper_wire::max_launch_bytes; `internal` when the kernel cannot
/// make the memfd.
[[nodiscard]] protocol::result<fd> make_launch_block(const launch_spec& spec);

} // namespace hiisi::os
