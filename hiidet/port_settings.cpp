#include "hiidet/port_settings.hpp"

#include "actors/core/ron/struct_reader.hpp"
#include "actors/os/port_facts.hpp"
#include "hiidet/log.hpp"
#include "hiidet/rule_settings.hpp"

#include <chrono>
#include <string>

namespace hiisi::hiidet {

namespace {

using core::port_range;
using core::ron::struct_reader;
using core::ron::view;
using protocol::result;

constexpr uint32_t year_in_seconds = 366 * 24 * 3600;

auto seconds_into(std::chrono::seconds& out, uint32_t least) {
  return [&out, least](const view& from) -> result<void> {
    auto number = from.as_integer<uint32_t>(least, year_in_seconds);
    if (!number)
      return std::move(number).failure();
    out = std::chrono::seconds{*number};
    return {};
  };
}

/// Days, or a part of one.
auto days_into(std::chrono::seconds& out) {
  return [&out](const view& from) -> result<void> {
    auto number = from.as_floating();
    if (!number)
      return std::move(number).failure();
    constexpr double longest = 3660;
    if (!(*number > 0 && *number <= longest))
      return from.expected("days, above 0 and up to 3660");
    out = std::chrono::duration_cast<std::chrono::seconds>(
        std::chrono::duration<double, std::ratio<86'400>>{*number});
    return {};
  };
}

result<void> read_ranges(const view& from, std::vector<port_range>& out) {
  auto items = from.as_list();
  if (!items)
    return std::move(items).failure();
  out.clear();
  for (const auto& item : *items) {
    port_range range;
    auto ends = item.as_tuple(2);
    if (!ends)
      return std::move(ends).failure();
    if (auto first = core::ron::read_into((*ends)[0], range.first); !first)
      return first;
    if (auto last = core::ron::read_into((*ends)[1], range.last); !last)
      return last;
    if (range.last < range.first)
      return item.fail("the first port of a range comes first");
    out.push_back(range);
  }
  return {};
}

auto ranges_into(std::vector<port_range>& out) {
  return [&out](const view& from) { return read_ranges(from, out); };
}

auto ranges_into(std::optional<std::vector<port_range>>& out) {
  return [&out](const view& from) -> result<void> {
    out.emplace();
    return read_ranges(from, *out);
  };
}

/// A number, or nothing for any: `None`.
auto quota_into(std::optional<uint32_t>& out) {
  return [&out](const view& from) -> result<void> {
    if (auto number = from.as_integer<uint32_t>()) {
      out = *number;
      return {};
    }
    auto option = from.as_option();
    if (!option || *option)
      return from.expected("a number of ports, or None for any");
    out.reset();
    return {};
  };
}

void read_port_rule(struct_reader& from, core::port_rule& rule) {
  from.optional_by("ranges", ranges_into(rule.ranges))
      .optional_by("quota", [&](const view& v) -> result<void> {
        auto read = quota_into(rule.quota)(v);
        // Left out, an other rule may say it.
        if (read && !rule.quota)
          rule.quota = UINT32_MAX;
        return read;
      });
}

void add_reason(core::port_policy& policy, core::port_set ports,
                std::string why) {
  if (ports.size() > 0)
    policy.unlucky.push_back({ports, std::move(why)});
}

core::port_set set_of(std::span<const port_range> ranges) {
  core::port_set set;
  for (const auto& range : ranges)
    set.add(range);
  return set;
}

void warn(const protocol::error& why) {
  log(log_level::warning, why.message);
}

} // namespace

result<void> read_port_settings(const view& from, port_settings& out) {
  return struct_reader(from)
      .optional_by("avoid", ranges_into(out.avoid))
      .optional_by("deny", ranges_into(out.deny))
      .optional_by("ephemeral", ranges_into(out.ephemeral))
      .optional_by("reserved", ranges_into(out.reserved))
      .optional("services", out.services)
      .optional_by("quarantine_s", seconds_into(out.quarantine, 0))
      .optional_by("look_every_s", seconds_into(out.look_every, 1))
      .optional_by("unused_after_days", days_into(out.unused_after))
      .optional_by("collect_after_days", days_into(out.collect_after))
      .optional("collect", out.collect)
      .optional_by("quota", quota_into(out.quota))
      .optional_by("rules",
                   [&](const view& v) {
                     return read_rules(v, out.rules, read_port_rule);
                   })
      .optional("import", out.import)
      .finish();
}

std::shared_ptr<const core::port_policy>
port_policy_of(const port_settings& settings, bool system) {
  auto policy = std::make_shared<core::port_policy>();
  if (settings.ephemeral)
    policy->ephemeral = set_of(*settings.ephemeral);
  else if (auto range = os::ephemeral_ports())
    policy->ephemeral.add(*range);
  else
    warn(range.failure());
  add_reason(*policy, policy->ephemeral,
             "the kernel may give it to somebody's outgoing connection");
  auto reserved = settings.reserved
                      ? result<std::vector<port_range>>{*settings.reserved}
                      : os::reserved_ports();
  if (reserved)
    add_reason(*policy, set_of(*reserved),
               "the administrator has reserved it "
               "(net.ipv4.ip_local_reserved_ports)");
  else
    warn(reserved.failure());
  core::port_set refused;
  refused.add(core::browser_refused_ports());
  add_reason(*policy, refused, "browsers refuse to connect to it");
  if (settings.services) {
    // A host without the file has no names for ports.
    core::port_set named;
    if (auto services = os::service_ports())
      named.add(std::span<const uint16_t>(*services));
    add_reason(*policy, named, "/etc/services has a name for it");
  }
  add_reason(*policy, set_of(settings.avoid),
             "the administrator would have it avoided");
  policy->denied = set_of(settings.deny);
  policy->quarantine = settings.quarantine;
  policy->reading_every = settings.look_every;
  policy->unused_after = settings.unused_after;
  policy->collect_after = settings.collect_after;
  policy->collect = settings.collect;
  policy->shared = system;
  policy->quota.reset();
  if (!system)
    return policy;
  policy->quota = settings.quota;
  policy->rules = settings.rules;
  find_groups(policy->rules);
  return policy;
}

} // namespace hiisi::hiidet
