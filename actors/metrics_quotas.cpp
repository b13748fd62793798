#include "actors/metrics_quotas.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace hiisi::actors {

namespace {

/// A change of groups shows in metrics after at most this long.
constexpr std::chrono::minutes remembered_for{5};

} // namespace

void port_quotas::set(std::shared_ptr<const core::port_policy> policy) {
  policy_ = std::move(policy);
  groups_matter_
      = policy_ && std::ranges::any_of(policy_->rules, [](const auto& rule) {
          return rule.gid && rule.quota;
        });
}

bool port_quotas::needs_groups_of(uint32_t uid, core::boot_time now) const {
  if (!groups_matter_)
    return false;
  const auto known = members_.find(uid);
  return known == members_.end() || now - known->second.since >= remembered_for;
}

void port_quotas::learn(const identified& who, core::boot_time now) {
  auto& m = members_[who.uid];
  m.since = now;
  if (who.who.ok())
    m.groups = (*who.who)->groups;
}

std::optional<uint32_t> port_quotas::of(uint32_t uid,
                                        const std::string& name) const {
  if (!policy_)
    return std::nullopt;
  core::port_caller caller;
  caller.uid = uid;
  caller.name = name;
  if (const auto known = members_.find(uid); known != members_.end())
    caller.groups = known->second.groups;
  const auto quota = core::allowance_of(*policy_, caller).quota;
  // So does a rule say that its users may have any number.
  return quota == std::numeric_limits<uint32_t>::max() ? std::nullopt : quota;
}

} // namespace hiisi::actors
