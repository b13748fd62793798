#pragma once

#include "actors/core/port_allocator.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hiisi::core {

/// Whoever asks for ports, or has them asked for.
struct port_caller {
  uint32_t uid = 0;
  std::string name;
  std::string home;
  std::vector<uint32_t> groups;
  bool administrator = false;
};

/// What one user, or the members of one group, may have.
struct port_rule {
  /// The login name; empty for a rule about a group.
  std::string user;
  /// The group's name, and its number where the host knows it.
  std::string group;
  std::optional<uint32_t> gid;
  /// Where their ports lie; empty for anywhere.
  std::vector<port_range> ranges;
  std::optional<uint32_t> quota;

  friend bool operator==(const port_rule&, const port_rule&) = default;
};

/// Ports that a random choice stays away from, and why, as in "browsers refuse
/// to connect to it".
struct port_reason {
  port_set ports;
  std::string why;
};

/// What the administrator and the host's facts say about ports.
struct port_policy {
  /// The registry is that of all users. In one of somebody's own, others'
  /// listeners are nobody's business.
  bool shared = true;
  std::vector<port_reason> unlucky;
  /// Where the kernel takes the ports of outgoing connections from.
  port_set ephemeral;
  /// Ports that nobody but root may have.
  port_set denied;
  /// How long a port that was freed is not chosen for anybody.
  std::chrono::seconds quarantine{600};
  /// How often the kernel is asked while there are allocations.
  std::chrono::seconds reading_every{300};
  /// When an idle port is shown as unused, and when it is collected.
  std::chrono::seconds unused_after = std::chrono::hours{24 * 14};
  std::chrono::seconds collect_after = std::chrono::hours{24 * 30};
  /// Whether it is collected without anybody asking.
  bool collect = false;
  /// How many ports a user may have; nothing for any number.
  std::optional<uint32_t> quota = 20;
  std::vector<port_rule> rules;

  [[nodiscard]] port_set all_unlucky() const {
    port_set all;
    for (const auto& reason : unlucky)
      all.add(reason.ports);
    return all;
  }
};

/// What a rule gives to somebody.
struct port_allowance {
  std::vector<port_range> ranges;
  std::optional<uint32_t> quota;
  /// Whose ranges these are: "you" or "the group students".
  std::string whose;

  [[nodiscard]] bool contains(uint16_t port) const;
};

/// The first rule that names the user counts, then the first that names one of
/// their groups, for ranges and quota each. Root may have any number anywhere.
[[nodiscard]] port_allowance allowance_of(const port_policy& policy,
                                          const port_caller& who);

} // namespace hiisi::core
