#include "hiisi/render_usage.hpp"

#include "hiisi/duration.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

namespace hiisi::cli {

namespace {

using protocol::process_usage;
using protocol::rounded;
using protocol::status_entry;
using std::chrono::nanoseconds;

const process_usage* usage_of(const status_entry& entry) {
  return entry.usage.empty() ? nullptr : &entry.usage.front();
}

std::string counted(uint64_t count, std::string_view what) {
  auto text = std::to_string(count) + " " + std::string{what};
  return count == 1 ? text : text + "s";
}

std::string padded(std::string text, size_t width) {
  text.insert(0, width - std::min(width, text.size()), ' ');
  return text;
}

/// "1.5" for 1500.
std::string thousandths(uint64_t value) {
  auto text = std::to_string(value / 1000) + "."
              + std::to_string(1000 + value % 1000).substr(1);
  text.erase(text.find_last_not_of('0') + 1);
  return text.ends_with('.') ? text.substr(0, text.size() - 1) : text;
}

/// The limits that are most often in the way.
std::string describe_limits(const process_usage& usage) {
  constexpr std::array<std::string_view, 9> told
      = {"open files",
         "processes",
         "cpu time",
         "address space",
         "file size",
         "core file size",
         protocol::limit_names::tree_memory,
         protocol::limit_names::tree_tasks,
         protocol::limit_names::tree_cpus};
  std::string text;
  for (const auto name : told) {
    const auto limit = std::ranges::find(usage.limits, name,
                                         &protocol::resource_limit::name);
    if (limit == usage.limits.end() || !limit->value)
      continue;
    text += text.empty() ? "" : ", ";
    text += std::string{name} + " "
            + (name == "cpu time"
                   ? describe_duration(std::chrono::seconds{*limit->value})
               : name == protocol::limit_names::tree_cpus
                   ? thousandths(*limit->value)
               : name == "open files" || name == "processes"
                       || name == protocol::limit_names::tree_tasks
                   ? std::to_string(*limit->value)
                   : describe_bytes(*limit->value));
  }
  return text;
}

} // namespace

std::string describe_cpu(nanoseconds time) {
  if (time >= std::chrono::minutes{1})
    return describe_duration(time);
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.2f s",
                std::chrono::duration<double>{time}.count());
  return text.data();
}

std::string cpu_share(const status_entry& entry) {
  const auto* usage = usage_of(entry);
  if (!usage || entry.uptime.count() <= 0)
    return "-";
  const auto used = usage->cpu_user + usage->cpu_system;
  return rounded(100 * static_cast<double>(used.count())
                 / static_cast<double>(entry.uptime.count()))
         + "%";
}

std::string memory_of(const status_entry& entry) {
  const auto* usage = usage_of(entry);
  return usage ? describe_bytes(usage->resident) : "-";
}

std::vector<std::pair<std::string, std::string>>
usage_lines(const status_entry& entry) {
  const auto* usage = usage_of(entry);
  if (!usage)
    return {};
  std::vector<std::pair<std::string, std::string>> lines;
  lines.emplace_back("cpu", describe_cpu(usage->cpu_user + usage->cpu_system)
                                + " (" + describe_cpu(usage->cpu_system)
                                + " in the kernel, " + cpu_share(entry)
                                + " of one CPU)");
  auto memory = describe_bytes(usage->resident);
  if (usage->proportional)
    memory += " (" + describe_bytes(*usage->proportional)
              + " with what is shared divided)";
  lines.emplace_back("memory", memory);
  if (usage->read_bytes && usage->written_bytes)
    lines.emplace_back("disk", describe_bytes(*usage->read_bytes) + " read, "
                                   + describe_bytes(*usage->written_bytes)
                                   + " written");
  auto has = counted(usage->threads, "thread");
  if (usage->descriptors)
    has += ", " + counted(*usage->descriptors, "open file");
  lines.emplace_back("has", has);
  if (auto limits = describe_limits(*usage); !limits.empty())
    lines.emplace_back("limits", limits);
  return lines;
}

std::vector<std::string> tree_lines(const process_usage& usage) {
  std::vector<std::string> lines;
  std::map<int32_t, size_t> depths;
  size_t width = 0;
  for (const auto& one : usage.tree)
    width = std::max(width, std::to_string(one.pid).size());
  for (const auto& one : usage.tree) {
    const auto above = depths.find(one.parent);
    const auto depth = above == depths.end() ? 0 : above->second + 1;
    depths[one.pid] = depth;
    lines.push_back(padded(std::to_string(one.pid), width) + "  "
                    + padded(describe_cpu(one.cpu), 9) + "  "
                    + padded(describe_bytes(one.resident), 8) + "  "
                    + std::string(2 * depth, ' ') + one.name);
  }
  return lines;
}

} // namespace hiisi::cli
