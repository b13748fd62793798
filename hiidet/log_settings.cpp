#include "hiidet/log_settings.hpp"

#include "actors/core/ron/struct_reader.hpp"
#include "hiidet/rule_settings.hpp"
#include "protocol/limits.hpp"

#include <utility>

namespace hiisi::hiidet {

namespace {

using core::ron::struct_reader;
using core::ron::view;
using protocol::result;

constexpr uint64_t kib = 1024;

/// In KiB; 0 for no rotation.
auto size_into(auto& out) {
  return [&out](const view& from) -> result<void> {
    auto number = from.as_integer<uint64_t>(0, protocol::max_log_bytes / kib);
    if (!number)
      return std::move(number).failure();
    if (*number != 0 && *number < protocol::min_log_bytes / kib)
      return from.expected("0 for no rotation, or at least 4 (KiB)");
    out = *number * kib;
    return {};
  };
}

auto keep_into(auto& out) {
  return [&out](const view& from) -> result<void> {
    auto number = from.as_integer<uint32_t>(protocol::min_log_keep,
                                            protocol::max_log_keep);
    if (!number)
      return std::move(number).failure();
    out = *number;
    return {};
  };
}

void read_log_rule(struct_reader& from, core::log_rule& rule) {
  from.optional_by("size_kib", size_into(rule.limits.bytes))
      .optional_by("keep", keep_into(rule.limits.keep));
}

} // namespace

result<void> read_log_settings(const view& from, core::log_policy& out) {
  return struct_reader(from)
      .optional_by("size_kib", size_into(out.limits.bytes))
      .optional_by("keep", keep_into(out.limits.keep))
      .optional_by("rules",
                   [&](const view& v) {
                     return read_rules(v, out.rules, read_log_rule);
                   })
      .finish();
}

std::shared_ptr<const core::log_policy>
log_policy_of(const core::log_policy& settings, bool system) {
  auto policy = std::make_shared<core::log_policy>();
  policy->limits = settings.limits;
  if (!system)
    return policy;
  policy->rules = settings.rules;
  find_groups(policy->rules);
  return policy;
}

} // namespace hiisi::hiidet
