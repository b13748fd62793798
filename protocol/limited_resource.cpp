#include "protocol/limited_resource.hpp"

#include <array>

namespace hiisi::protocol {

namespace {

struct resource_facts {
  std::string_view word;
  uint64_t least;
  uint64_t most;
};

constexpr uint64_t mib = 1024 * 1024;
/// setrlimit(2) takes no more open files than fs.nr_open, which never is
/// above this.
constexpr uint64_t most_files = uint64_t{1} << 30;
constexpr uint64_t most_processes = uint64_t{1} << 22; // PID_MAX_LIMIT
/// The kernel takes a millisecond of each tenth of a second at least.
constexpr uint64_t most_cpus = 4096 * 1000;
constexpr uint64_t year_in_seconds = 366 * 24 * 3600;

constexpr std::array<resource_facts, limited_resource_count> facts = {{
    {"nofile", 8, most_files},
    {"nproc", 1, most_processes},
    {"cpu", 1, year_in_seconds},
    {"memory", 4 * mib, uint64_t{1} << 50},
    {"cpus", 10, most_cpus},
}};

} // namespace

std::string_view to_string(limited_resource what) noexcept {
  return facts[static_cast<size_t>(what)].word;
}

std::optional<limited_resource>
limited_resource_from_string(std::string_view word) noexcept {
  for (size_t i = 0; i < facts.size(); ++i)
    if (facts[i].word == word)
      return static_cast<limited_resource>(i);
  return std::nullopt;
}

uint64_t least_of(limited_resource what) noexcept {
  return facts[static_cast<size_t>(what)].least;
}

uint64_t most_of(limited_resource what) noexcept {
  return facts[static_cast<size_t>(what)].most;
}

} // namespace hiisi::protocol
