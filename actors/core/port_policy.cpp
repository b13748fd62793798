#include "actors/core/port_policy.hpp"

#include "actors/core/rule_order.hpp"

#include <algorithm>

namespace hiisi::core {

bool port_allowance::contains(uint16_t port) const {
  return ranges.empty() || std::ranges::any_of(ranges, [port](const auto& r) {
           return r.contains(port);
         });
}

port_allowance allowance_of(const port_policy& policy, const port_caller& who) {
  port_allowance found;
  if (who.uid == 0)
    return found;
  auto take = [&](const port_rule& rule) {
    if (found.ranges.empty() && !rule.ranges.empty()) {
      found.ranges = rule.ranges;
      found.whose = rule.user.empty() ? "the group " + rule.group : "you";
    }
    if (!found.quota)
      found.quota = rule.quota;
  };
  each_rule_for(policy.rules, who.name, who.groups, take);
  if (!found.quota)
    found.quota = policy.quota;
  return found;
}

} // namespace hiisi::core
