#include "actors/os/host_facts.hpp"

#include "actors/core/proc_stat.hpp"
#include "actors/os/clock.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace hiisi::os {

namespace {

/// The fields of the first line of /proc/stat (proc(5)). Time of guests is in
/// "user" and "nice" already.
constexpr std::array modes
    = {"user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"};

/// "Key:   1234 kB", in bytes.
uint64_t kibibytes_in(const std::string& text, const std::string& key) {
  const auto at = text.find("\n" + key + ":");
  if (at == text.npos)
    return 0;
  return std::strtoull(text.c_str() + at + key.size() + 2, nullptr, 10) * 1024;
}

} // namespace

core::host_reading read_host(proc_files& proc) {
  core::host_reading out;
  std::string text{proc.read("stat")};
  if (text.starts_with("cpu ")) {
    char* at = text.data() + 4;
    for (const auto* mode : modes)
      out.cpu.emplace_back(mode, from_ticks(std::strtoull(at, &at, 10)));
  }
  text = "\n";
  text += proc.read("meminfo");
  out.memory_total = kibibytes_in(text, "MemTotal");
  out.memory_available = kibibytes_in(text, "MemAvailable");
  text = proc.read("loadavg");
  char* at = text.data();
  for (auto& load : out.load)
    load = std::strtod(at, &at);
  out.uptime = boottime();
  return out;
}

core::self_reading read_self(proc_files& proc) {
  core::self_reading out;
  if (const auto stat = core::read_proc_stat(proc.read("self/stat"))) {
    out.cpu = from_ticks(stat->user_ticks + stat->system_ticks);
    out.resident = from_pages(stat->resident_pages);
    out.virtual_memory = stat->virtual_bytes;
    out.started = wall_at(from_ticks(stat->start_ticks));
  }
  // One of them is there only to look.
  fd look;
  out.descriptors = proc.count_descriptors("self/fd", look).value_or(1) - 1;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0)
    out.max_descriptors = limit.rlim_cur;
  return out;
}

std::optional<core::volume_reading> read_volume(std::string name,
                                                const std::string& path) {
  struct statvfs seen {};
  if (::statvfs(path.c_str(), &seen) != 0)
    return std::nullopt;
  return core::volume_reading{std::move(name), seen.f_blocks * seen.f_frsize,
                              seen.f_bavail * seen.f_frsize};
}

std::optional<uint64_t> size_of_file(const std::string& path) {
  struct stat seen {};
  if (::fstatat(AT_FDCWD, path.c_str(), &seen,
                AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT)
          != 0
      || !S_ISREG(seen.st_mode))
    return std::nullopt;
  // What is in older segments of a log is a hole.
  return std::min(static_cast<uint64_t>(seen.st_size),
                  static_cast<uint64_t>(seen.st_blocks) * 512);
}

} // namespace hiisi::os
