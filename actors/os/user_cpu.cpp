#include "actors/os/user_cpu.hpp"

#include "actors/os/file.hpp"

#include <charconv>
#include <string>

namespace hiisi::os {

namespace {

constexpr size_t most_stat_bytes = 64 * 1024;

/// The path of a process in the hierarchy of cgroup v2.
std::optional<std::string> cgroup_of(int32_t pid) {
  const auto text
      = read_file("/proc/" + std::to_string(pid) + "/cgroup", most_stat_bytes);
  if (!text)
    return std::nullopt;
  // The line of cgroup v2 is the last.
  const auto line = text->rfind("0::/");
  if (line == text->npos || (line != 0 && (*text)[line - 1] != '\n'))
    return std::nullopt;
  const auto begin = line + 3;
  return text->substr(begin, text->find('\n', begin) - begin);
}

} // namespace

std::optional<std::chrono::nanoseconds> cpu_of_user(uint32_t uid, uint32_t id,
                                                    int32_t pid) {
  if (pid <= 0)
    return std::nullopt;
  auto path = cgroup_of(pid);
  const auto leaf = "/" + std::to_string(id);
  const auto end = "/" + std::to_string(uid) + leaf;
  if (!path || !path->ends_with(end))
    return std::nullopt;
  path->resize(path->size() - leaf.size());
  for (const auto* mount : {"/sys/fs/cgroup/unified", "/sys/fs/cgroup"}) {
    const auto text = read_file(mount + *path + "/cpu.stat", most_stat_bytes);
    constexpr std::string_view key = "usage_usec ";
    if (!text || !text->starts_with(key))
      continue;
    uint64_t used = 0;
    const auto read = std::from_chars(text->data() + key.size(),
                                      text->data() + text->size(), used);
    if (read.ec == std::errc{})
      return std::chrono::microseconds{used};
  }
  return std::nullopt;
}

} // namespace hiisi::os
