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

uint64_t log_room(const log_policy& policy, std::string_view name,
                  std::span<const uint32_t> groups, const log_wishes& wishes) {
  constexpr uint64_t streams = 2;
  const auto limits = limits_for(policy, name, groups, wishes);
  if (limits.bytes == 0)
    return wishes.bytes ? endless : 0;
  uint64_t room = 0;
  return __builtin_mul_overflow(limits.bytes, streams * (limits.keep + 1ull),
                                &room)
             ? endless
             : room;
}

uint64_t log_room(const log_policy& policy, std::string_view name,
                  std::span<const uint32_t> groups, const log_shares& all) {
  uint64_t sum = 0;
  for (const auto& [wishes, count] : all) {
    uint64_t room = log_room(policy, name, groups, wishes);
    if (__builtin_mul_overflow(room, count, &room)
        || __builtin_add_overflow(sum, room, &sum))
      return endless;
  }
  return sum;
}

} // namespace hiisi::core
