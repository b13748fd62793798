#pragma once

#include "actors/core/port_policy.hpp"
#include "actors/core/user_limits.hpp"
#include "actors/messages.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace hiisi::actors {

/// How much each user may have, for metrics. Rules may be about groups: who is
/// in which is remembered, since the user database may be slow, and a scrape
/// every few seconds is no reason to ask it as often.
class user_quotas {
public:
  /// Null for a daemon that limits nobody.
  void set(std::shared_ptr<const core::port_policy> policy);
  void set(limit_policy_ptr policy);

  /// Whether the user's groups matter and have to be asked for.
  [[nodiscard]] bool needs_groups_of(uint32_t uid, core::boot_time now) const;

  /// What the user database has answered. Of whom it says nothing what was
  /// known before stands, and they are asked for again as late as anybody.
  void learn(const identified& who, core::boot_time now);

  /// How many ports a user of that name may have; nothing where they may have
  /// any number.
  [[nodiscard]] std::optional<uint32_t> of_ports(uint32_t uid,
                                                 const std::string& name) const;
  /// What else is limited; nothing where nothing is.
  [[nodiscard]] std::optional<core::user_limits>
  limits(uint32_t uid, const std::string& name) const;
  /// What the logs of such processes of theirs may come to, where that is
  /// limited.
  [[nodiscard]] uint64_t log_use(uint32_t uid, const std::string& name,
                                 const core::log_shares& all) const;

private:
  [[nodiscard]] const std::vector<uint32_t>& groups_of(uint32_t uid) const;
  void see_whether_groups_matter();

  struct membership {
    std::vector<uint32_t> groups;
    core::boot_time since{};
  };

  std::shared_ptr<const core::port_policy> ports_;
  limit_policy_ptr limits_;
  bool groups_matter_ = false;
  std::unordered_map<uint32_t, membership> members_;
};

} // namespace hiisi::actors
