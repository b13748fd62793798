#include "actors/core/user_limits.hpp"

#include "actors/core/rule_order.hpp"
#include "protocol/byte_text.hpp"

#include <algorithm>

namespace hiisi::core {

namespace {

/// Takes over the limits that the rule gives and that are still open.
void take(limit_rule& found, const limit_rule& rule) {
  const auto fill = [](auto& open, const auto& given) {
    if (!open)
      open = given;
  };
  fill(found.processes, rule.processes);
  fill(found.starts_per_minute, rule.starts_per_minute);
  fill(found.connections, rule.connections);
  fill(found.bytes_in_flight, rule.bytes_in_flight);
  fill(found.log_bytes, rule.log_bytes);
}

protocol::error refusal(const std::string& use, const std::string& limit,
                        const std::string& advice, const std::string& contact) {
  return protocol::make_error(protocol::errc::limit_exceeded,
                              use + ", and " + limit + " is the limit",
                              advice + ", or ask " + contact
                                  + " for more; hiisi quota shows your limits");
}

int64_t second_of(std::chrono::nanoseconds time) {
  return std::chrono::floor<std::chrono::seconds>(time).count();
}

} // namespace

user_limits limits_of(const limit_policy& policy, uint32_t uid,
                      const std::string& name,
                      std::span<const uint32_t> groups) {
  if (uid == 0)
    return unlimited;
  limit_rule found;
  each_rule_for(policy.rules, name, groups,
                [&](const limit_rule& rule) { take(found, rule); });
  const auto& usual = policy.usual;
  return {found.processes.value_or(usual.processes),
          found.starts_per_minute.value_or(usual.starts_per_minute),
          found.connections.value_or(usual.connections),
          found.bytes_in_flight.value_or(usual.bytes_in_flight),
          found.log_bytes.value_or(usual.log_bytes)};
}

protocol::result<void> check_limit(uint64_t use, uint64_t limit,
                                   const std::string& what,
                                   const std::string& advice,
                                   const std::string& contact) {
  if (use < limit)
    return {};
  return refusal("you have " + std::to_string(use) + " " + what,
                 std::to_string(limit), advice, contact);
}

protocol::result<void> check_log_room(uint64_t use, uint64_t more,
                                      uint64_t limit,
                                      const std::string& contact) {
  using protocol::describe_bytes;
  if (limit == no_limit || more == 0 || (use <= limit && more <= limit - use))
    return {};
  if (more == endless)
    return refusal("the logs of this process would have no end",
                   describe_bytes(limit), "leave out --log-size 0", contact);
  return refusal("the logs of your processes may grow to "
                     + (use == endless ? "any size" : describe_bytes(use))
                     + ", this one's to " + describe_bytes(more) + " more",
                 describe_bytes(limit),
                 "--log-size and --log-keep make them smaller, hiisi rm "
                 "forgets some",
                 contact);
}

void minute_count::add(std::chrono::nanoseconds now) {
  const auto second = second_of(now);
  if (second - latest_ >= seconds)
    counts_.fill(0);
  else
    for (auto past = latest_ + 1; past <= second; ++past)
      counts_[static_cast<size_t>(past % seconds)] = 0;
  latest_ = std::max(latest_, second);
  ++counts_[static_cast<size_t>(latest_ % seconds)];
}

uint64_t minute_count::within(std::chrono::nanoseconds now) const {
  const auto second = second_of(now);
  uint64_t sum = 0;
  for (auto past = std::max(latest_ - seconds, second - seconds) + 1;
       past <= latest_; ++past)
    if (past >= 0)
      sum += counts_[static_cast<size_t>(past % seconds)];
  return sum;
}

} // namespace hiisi::core
