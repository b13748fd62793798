#include "hiidet/limit_settings.hpp"

#include "actors/core/ron/struct_reader.hpp"
#include "hiidet/log_settings.hpp"
#include "hiidet/rule_settings.hpp"
#include "protocol/limits.hpp"

namespace hiisi::hiidet {

namespace {

using core::ron::struct_reader;
using core::ron::view;
using protocol::result;

/// Less than two whole frames would refuse requests that are allowed.
constexpr uint64_t least_bytes = 2 * protocol::max_frame_bytes;
constexpr uint64_t most_bytes = uint64_t{1} << 40;
constexpr uint64_t most_connections = 100'000;
constexpr uint64_t most_processes = 1'000'000;
constexpr uint64_t most_log_bytes = uint64_t{1} << 60;

/// A number, or none for any: `None`. Nobody can be kept out by a 0, which
/// would more likely be meant as "no limit".
template <class Number>
auto limit_into(Number& out, uint64_t most) {
  return [&out, most](const view& from) -> result<void> {
    if (auto number = from.as_integer<uint64_t>(1, most)) {
      out = *number;
      return {};
    }
    auto option = from.as_option();
    if (!option || *option)
      return from.expected("a number from 1 to " + std::to_string(most)
                           + ", or None for no limit");
    out = core::no_limit;
    return {};
  };
}

template <class Number>
auto bytes_into(Number& out) {
  return [&out](const view& from) -> result<void> {
    auto number = from.as_integer<uint64_t>(least_bytes, most_bytes);
    if (!number)
      return std::move(number).failure();
    out = *number;
    return {};
  };
}

void read_limit_rule(struct_reader& from, core::limit_rule& rule) {
  from.optional_by("processes", limit_into(rule.processes, most_processes))
      .optional_by("starts_per_minute",
                   limit_into(rule.starts_per_minute, most_processes))
      .optional_by("connections",
                   limit_into(rule.connections, most_connections))
      .optional_by("bytes_in_flight", bytes_into(rule.bytes_in_flight))
      .optional_by("log_bytes", limit_into(rule.log_bytes, most_log_bytes));
}

} // namespace

result<void> read_limits(const view& from, configuration& out) {
  auto& connections = out.connections;
  auto& usual = out.limits.usual;
  return struct_reader(from)
      .optional_by("processes_per_user",
                   limit_into(usual.processes, most_processes))
      .optional_by("starts_per_minute",
                   limit_into(usual.starts_per_minute, most_processes))
      .optional("connections_per_user", connections.connections_per_user, 1,
                most_connections)
      .optional_by("log_bytes_per_user",
                   limit_into(usual.log_bytes, most_log_bytes))
      .optional("bytes_in_flight_per_user", connections.bytes_per_user,
                least_bytes, most_bytes)
      .optional("output_per_connection", connections.output_per_connection,
                protocol::max_frame_bytes + 4096, most_bytes)
      .optional_by("rules",
                   [&](const view& v) {
                     return read_rules(v, out.limits.rules, read_limit_rule);
                   })
      .optional("contact", out.limits.contact)
      .finish();
}

std::shared_ptr<const core::limit_policy>
limit_policy_of(const configuration& settings, bool system) {
  if (!system)
    return nullptr;
  auto policy = std::make_shared<core::limit_policy>(settings.limits);
  policy->usual.connections = settings.connections.connections_per_user;
  policy->usual.bytes_in_flight = settings.connections.bytes_per_user;
  find_groups(policy->rules);
  policy->logs = *log_policy_of(settings.logs, system);
  return policy;
}

} // namespace hiisi::hiidet
