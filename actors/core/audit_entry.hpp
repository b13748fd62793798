#pragma once

#include "protocol/event.hpp"
#include "protocol/response.hpp"

#include <cstdint>
#include <string>

namespace hiisi::core {

/// One change that somebody has made, for the administrator to look up later.
struct audit_entry {
  protocol::wall_time at{};
  /// On whose behalf: the user, by what the kernel says of the peer.
  uint32_t uid = 0;
  std::string user;
  /// The process that asked, 0 where there is none to be seen, and the user
  /// that it ran as, who differs where root acts for somebody.
  int32_t pid = 0;
  uint32_t pid_uid = 0;
  /// What was done, as in "port.allocate", and to what, as in "8080".
  std::string what;
  std::string object;
  /// Whose the object is, or was.
  uint32_t owner_uid = 0;
  std::string owner;
  /// What else there is to say; may be empty.
  std::string detail;
};

/// The entry as one line of JSON, with a newline.
[[nodiscard]] std::string audit_line(const audit_entry& entry);

/// What was done with a port, for those who follow events.
[[nodiscard]] protocol::event event_of(const audit_entry& entry);

} // namespace hiisi::core
