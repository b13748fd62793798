#include "protocol/usage_json.hpp"

#include "protocol/json_cursor.hpp"
#include "protocol/json_writer.hpp"

#include <cstdint>

namespace hiisi::protocol {

namespace {

uint64_t number_at(const json_cursor& at, const char* key) {
  auto value = at.member(key);
  return value.number(0, UINT64_MAX);
}

uint32_t count_at(const json_cursor& at, const char* key) {
  auto value = at.member(key);
  return static_cast<uint32_t>(value.number(0, UINT32_MAX));
}

int32_t pid_at(const json_cursor& at, const char* key) {
  auto value = at.member(key);
  return static_cast<int32_t>(value.number(0, INT32_MAX));
}

std::chrono::nanoseconds time_at(const json_cursor& at, const char* key) {
  auto value = at.member(key);
  return std::chrono::nanoseconds{value.signed_number(0, INT64_MAX)};
}

std::optional<uint64_t> number_if_there(const json_cursor& at,
                                        const char* key) {
  auto value = at.member(key);
  if (!value.present())
    return std::nullopt;
  return value.number(0, UINT64_MAX);
}

} // namespace

void write_usage(json_writer& out, const process_usage& usage) {
  const auto optional
      = [&](std::string_view key, const std::optional<uint64_t>& value) {
          if (value)
            out.raw(key).number(*value);
        };
  out.raw(R"({"cpu_user_ns":)").number(usage.cpu_user.count());
  out.raw(R"(,"cpu_system_ns":)").number(usage.cpu_system.count());
  out.raw(R"(,"resident_bytes":)").number(usage.resident);
  optional(R"(,"proportional_bytes":)", usage.proportional);
  out.raw(R"(,"processes":)").number(usage.processes);
  out.raw(R"(,"threads":)").number(usage.threads);
  optional(R"(,"open_fds":)", usage.descriptors);
  optional(R"(,"read_bytes":)", usage.read_bytes);
  optional(R"(,"written_bytes":)", usage.written_bytes);
  if (!usage.tree.empty()) {
    out.raw(R"(,"tree":)");
    out.array(usage.tree, [&](const tree_member& one) {
      out.raw(R"({"pid":)").number(one.pid);
      out.raw(R"(,"parent":)").number(one.parent);
      out.raw(R"(,"name":)").text(one.name);
      out.raw(R"(,"cpu_ns":)").number(one.cpu.count());
      out.raw(R"(,"resident_bytes":)").number(one.resident).raw("}");
    });
  }
  if (!usage.limits.empty()) {
    out.raw(R"(,"limits":)");
    out.array(usage.limits, [&](const resource_limit& one) {
      out.raw(R"({"name":)").text(one.name).raw(R"(,"value":)");
      if (one.value)
        out.number(*one.value);
      else
        out.raw("null");
      out.raw("}");
    });
  }
  out.raw("}");
}

process_usage usage_at(const json_cursor& at) {
  process_usage usage;
  usage.cpu_user = time_at(at, "cpu_user_ns");
  usage.cpu_system = time_at(at, "cpu_system_ns");
  usage.resident = number_at(at, "resident_bytes");
  usage.proportional = number_if_there(at, "proportional_bytes");
  usage.processes = count_at(at, "processes");
  usage.threads = count_at(at, "threads");
  usage.descriptors = number_if_there(at, "open_fds");
  usage.read_bytes = number_if_there(at, "read_bytes");
  usage.written_bytes = number_if_there(at, "written_bytes");
  if (auto tree = at.member("tree"); tree.present())
    tree.for_each_item([&](const json_cursor& item) {
      auto name = item.member("name");
      usage.tree.push_back({pid_at(item, "pid"), pid_at(item, "parent"),
                            name.text(), time_at(item, "cpu_ns"),
                            number_at(item, "resident_bytes")});
    });
  if (auto limits = at.member("limits"); limits.present())
    limits.for_each_item([&](const json_cursor& item) {
      auto name = item.member("name");
      usage.limits.push_back({name.text(), number_if_there(item, "value")});
    });
  return usage;
}

} // namespace hiisi::protocol
