#pragma once

#include "actors/core/log_policy.hpp"
#include "protocol/result.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace hiisi::core {

/// Stands for a limit that there is not.
inline constexpr uint64_t no_limit = UINT64_MAX;

/// What one user may have of what all users share. Ports have a quota of their
/// own (core/port_policy.hpp).
struct user_limits {
  /// Processes that are defined: whatever is up or has a restart policy. Plain
  /// runs that have ended do not count, since the oldest of them are forgotten.
  uint64_t processes = 2000;
  /// Starts and restarts within a minute, by hand and by policy.
  uint64_t starts_per_minute = 1200;
  /// Connections to the daemon that are open at once.
  uint64_t connections = 64;
  /// Bytes of requests received and not yet answered, and of answers not yet
  /// taken, over all of a user's connections.
  uint64_t bytes_in_flight = 64 * 1024 * 1024;
  /// Bytes that the logs of the processes that are defined may come to, as
  /// log_room() counts. The usual number of processes with usual logs fits in.
  uint64_t log_bytes = uint64_t{256} * 1024 * 1024 * 1024;

  friend bool operator==(const user_limits&, const user_limits&) = default;
};

inline constexpr user_limits unlimited{no_limit, no_limit, no_limit, no_limit,
                                       no_limit};

/// Other limits for one user, or for the members of one group.
struct limit_rule {
  /// The login name; empty for a rule about a group.
  std::string user;
  /// The group's name, and its number where the host knows it.
  std::string group;
  std::optional<uint32_t> gid;
  std::optional<uint64_t> processes;
  std::optional<uint64_t> starts_per_minute;
  std::optional<uint64_t> connections;
  std::optional<uint64_t> bytes_in_flight;
  std::optional<uint64_t> log_bytes;

  friend bool operator==(const limit_rule&, const limit_rule&) = default;
};

/// What the administrator says of users' shares.
struct limit_policy {
  user_limits usual;
  std::vector<limit_rule> rules;
  /// How much is kept of logs, which is what the limit of them is about.
  log_policy logs;
  /// Whom a user who meets a limit is told to ask.
  std::string contact = "an administrator of this host";

  friend bool operator==(const limit_policy&, const limit_policy&) = default;
};

/// What a user may have: for each limit the first rule that names the user and
/// gives it counts, then the first that names one of their groups, then what
/// is usual. Root has no limits: whoever mends the host must get through.
[[nodiscard]] user_limits limits_of(const limit_policy& policy, uint32_t uid,
                                    const std::string& name,
                                    std::span<const uint32_t> groups);

/// The refusal of `more` where `use` of at most `limit` are in use already;
/// good where there is room. `what` is what is counted, as in "processes".
/// Errors: `limit_exceeded`, with the limit, the use, and whom to ask; `advice`
/// is what the user can do themselves, as in "hiisi rm removes some".
[[nodiscard]] protocol::result<void> check_limit(uint64_t use, uint64_t limit,
                                                 const std::string& what,
                                                 const std::string& advice,
                                                 const std::string& contact);

/// The refusal of a process whose logs may come to `more` bytes where those of
/// others may come to `use`; good where there is room. Errors: as with
/// check_limit().
[[nodiscard]] protocol::result<void> check_log_room(uint64_t use, uint64_t more,
                                                    uint64_t limit,
                                                    const std::string& contact);

/// Counts what happens within a minute, by the second.
class minute_count {
public:
  /// `now` never runs backwards; any clock will do that does not stop.
  void add(std::chrono::nanoseconds now);
  /// How many there were within the last 60 seconds.
  [[nodiscard]] uint64_t within(std::chrono::nanoseconds now) const;

private:
  static constexpr int64_t seconds = 60;

  std::array<uint32_t, seconds> counts_{};
  /// The second of the latest count; those before it stand in a ring.
  int64_t latest_ = 0;
};

} // namespace hiisi::core
