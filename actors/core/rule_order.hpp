#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace hiisi::core {

/// Calls `take` with each of the rules that are about the user of that `name`,
/// in the order in which they count: those that name the user, then those that
/// name one of their `groups`. A Rule has the members `user` (empty for a rule
/// about a group) and `gid` (nothing where the host does not know the group).
template <class Rule, class Take>
void each_rule_for(const std::vector<Rule>& rules, std::string_view name,
                   std::span<const uint32_t> groups, Take take) {
  for (const auto& rule : rules)
    if (!rule.user.empty() && rule.user == name)
      take(rule);
  for (const auto& rule : rules)
    if (rule.user.empty() && rule.gid
        && std::ranges::find(groups, *rule.gid) != groups.end())
      take(rule);
}

} // namespace hiisi::core
