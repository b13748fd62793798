#pragma once

#include "actors/core/log_rotation.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hiisi::core {

/// What one user's logs, or those of the members of one group, may be.
struct log_rule {
  /// The login name; empty for a rule about a group.
  std::string user;
  /// The group's name, and its number where the host knows it.
  std::string group;
  std::optional<uint32_t> gid;
  log_wishes limits;

  friend bool operator==(const log_rule&, const log_rule&) = default;
};

/// What the administrator says of logs.
struct log_policy {
  log_limits limits;
  std::vector<log_rule> rules;

  friend bool operator==(const log_policy&, const log_policy&) = default;
};

/// How many processes have which wishes.
using log_shares = std::map<log_wishes, size_t>;

/// What stands for more than any number of bytes.
inline constexpr uint64_t endless = UINT64_MAX;

/// What holds for a process that has these `wishes`, of the user `name`: what
/// it says itself, else the first rule that names the user, then the first that
/// names one of their `groups`, else what the host has; for size and number
/// each.
[[nodiscard]] log_limits limits_for(const log_policy& policy,
                                    std::string_view name,
                                    std::span<const uint32_t> groups,
                                    const log_wishes& wishes);

/// How many bytes the logs of a process may hold, by what limits_for() says:
/// of each stream the live file and its segments, before they are compressed.
/// `endless` where the process itself wishes for no rotation. Where it is the
/// administrator who has switched that off, nothing is held against anybody.
[[nodiscard]] uint64_t log_room(const log_policy& policy, std::string_view name,
                                std::span<const uint32_t> groups,
                                const log_wishes& wishes);

/// The same of many processes.
[[nodiscard]] uint64_t log_room(const log_policy& policy, std::string_view name,
                                std::span<const uint32_t> groups,
                                const log_shares& all);

} // namespace hiisi::core
