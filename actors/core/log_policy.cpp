#include "actors/core/log_policy.hpp"

#include "actors/core/rule_order.hpp"

namespace hiisi::core {

log_limits limits_for(const log_policy& policy, std::string_view name,
                      std::span<const uint32_t> groups,
                      const log_wishes& wishes) {
  auto found = wishes;
  auto take = [&](const log_rule& rule) {
    if (!found.bytes)
      found.bytes = rule.limits.bytes;
    if (!found.keep)
      found.keep = rule.limits.keep;
  };
  each_rule_for(policy.rules, name, groups, take);
  return {found.bytes.value_or(policy.limits.bytes),
          found.keep.value_or(policy.limits.keep)};
}

} // namespace hiisi::core
