#include "actors/metrics_quotas.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace hiisi::actors {

namespace {

/// A change of groups shows in metrics after at most this long.
constexpr std::chrono::minutes members_remembered_for{5};

bool names_groups(const auto& rules) {
  return std::ranges::any_of(
      rules, [](const auto& rule) { return rule.gid.has_value(); });
}

} // namespace

void user_quotas::set(std::shared_ptr<const core::port_policy> policy) {
  ports_ = std::move(policy);
  see_whether_groups_matter();
}

void user_quotas::set(limit_policy_ptr policy) {
  limits_ = std::move(policy);
  see_whether_groups_matter();
}

void user_quotas::see_whether_groups_matter() {
  groups_matter_ = (ports_
                    && std::ranges::any_of(ports_->rules,
                                           [](const auto& rule) {
                                             return rule.gid && rule.quota;
                                           }))
                   || (limits_
                       && (names_groups(limits_->rules)
                           || names_groups(limits_->logs.rules)));
}

bool user_quotas::needs_groups_of(uint32_t uid, core::boot_time now) const {
  if (!groups_matter_)
    return false;
  const auto known = members_.find(uid);
  return known == members_.end()
         || now - known->second.since >= members_remembered_for;
}

void user_quotas::learn(const identified& who, core::boot_time now) {
  auto& m = members_[who.uid];
  m.since = now;
  if (who.who.ok())
    m.groups = (*who.who)->groups;
}

const std::vector<uint32_t>& user_quotas::groups_of(uint32_t uid) const {
  static const std::vector<uint32_t> none;
  const auto known = members_.find(uid);
  return known == members_.end() ? none : known->second.groups;
}

std::optional<uint32_t> user_quotas::of_ports(uint32_t uid,
                                              const std::string& name) const {
  if (!ports_)
    return std::nullopt;
  core::port_caller caller;
  caller.uid = uid;
  caller.name = name;
  caller.groups = groups_of(uid);
  const auto quota = core::allowance_of(*ports_, caller).quota;
  // So does a rule say that its users may have any number.
  return quota == std::numeric_limits<uint32_t>::max() ? std::nullopt : quota;
}

std::optional<core::user_limits>
user_quotas::limits(uint32_t uid, const std::string& name) const {
  if (!limits_)
    return std::nullopt;
  return core::limits_of(*limits_, uid, name, groups_of(uid));
}

uint64_t user_quotas::log_use(uint32_t uid, const std::string& name,
                              const core::log_shares& all) const {
  return limits_ ? core::log_room(limits_->logs, name, groups_of(uid), all) : 0;
}

} // namespace hiisi::actors
