#pragma once

#include "protocol/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hiisi::os {

/// The superuser's, whom nothing limits and who alone may act for others.
inline constexpr uint32_t root_uid = 0;

/// A user as the host's user database has them.
struct identity {
  uint32_t uid = 0;
  uint32_t gid = 0;
  std::string name;
  std::string home;
  std::string shell;
  /// Every group: the primary one first, then the supplementary ones.
  std::vector<uint32_t> groups;
  /// Root, or a member of the group of administrators.
  bool administrator = false;

  friend bool operator==(const identity&, const identity&) = default;
};

/// Looks up a user by uid. `admin_group` is the name of the group whose members
/// are administrators ("hiisi-admin"); where there is no such group, or it
/// cannot be looked up, only root is one.
///
/// Blocks for as long as the host's name services take, which with a directory
/// server that hangs is many seconds: never to be called where a client waits
/// on someone else's account. Safe from any thread. Errors: `not_found` (there
/// is no such user), `unavailable` (the user database cannot be read).
protocol::result<identity> find_user(uint32_t uid,
                                     std::string_view admin_group);

/// The same by login name.
protocol::result<identity> find_user_by_name(std::string_view name,
                                             std::string_view admin_group);

/// The number of a group. Errors: `not_found`, or it cannot be looked up.
protocol::result<uint32_t> find_group(const std::string& name);

} // namespace hiisi::os
