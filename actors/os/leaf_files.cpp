#include "actors/os/leaf_files.hpp"

#include "actors/os/file.hpp"

#include <charconv>
#include <filesystem>
#include <system_error>

#include <sys/stat.h>

namespace hiisi::os {

namespace {

constexpr size_t most_leaf_bytes = 4096;

std::string path_of(const std::string& leaves, uint32_t uid, uint32_t id) {
  return leaves + "/" + std::to_string(uid) + "/" + std::to_string(id);
}

/// The directories below that have a number for a name.
std::vector<uint32_t> numbers_below(const std::string& directory) {
  std::vector<uint32_t> out;
  std::error_code failed;
  for (const auto& entry :
       std::filesystem::directory_iterator(directory, failed)) {
    const auto name = entry.path().filename().string();
    uint32_t number = 0;
    const auto [end, problem]
        = std::from_chars(name.data(), name.data() + name.size(), number);
    if (problem == std::errc{} && end == name.data() + name.size())
      out.push_back(number);
  }
  return out;
}

} // namespace

std::string leaves_of_keeper(int32_t pid) {
  const auto words
      = read_file("/proc/" + std::to_string(pid) + "/cmdline", most_leaf_bytes);
  if (pid <= 0 || !words || !words->ends_with('\0'))
    return {};
  // The last of its words is that, or a number where it has no cgroups.
  const auto last = words->substr(0, words->size() - 1);
  const auto word = last.substr(last.rfind('\0') + 1);
  return word.starts_with('/') ? word : std::string{};
}

std::optional<core::leaf_memory> memory_of_leaf(const std::string& leaves,
                                                uint32_t uid, uint32_t id) {
  const auto leaf = path_of(leaves, uid, id);
  const auto events = read_file(leaf + "/memory.events", most_leaf_bytes);
  if (!events)
    return std::nullopt;
  const auto max = read_file(leaf + "/memory.max", most_leaf_bytes);
  return core::read_leaf_memory(*events, max ? *max : std::string{});
}

uint64_t cgroup_of_leaf(const std::string& leaves, uint32_t uid, uint32_t id) {
  struct stat directory {};
  return ::stat(path_of(leaves, uid, id).c_str(), &directory) == 0
             ? directory.st_ino
             : 0;
}

std::vector<leaf_owner> leaves_below(const std::string& leaves) {
  std::vector<leaf_owner> out;
  for (const auto uid : numbers_below(leaves))
    for (const auto id : numbers_below(leaves + "/" + std::to_string(uid)))
      out.push_back({uid, id});
  return out;
}

} // namespace hiisi::os
