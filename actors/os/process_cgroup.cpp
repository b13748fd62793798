#include "actors/os/process_cgroup.hpp"

#include "actors/os/fd.hpp"

#include <array>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hiisi::os {

uint64_t own_cgroup_of(int pid, uint32_t uid, uint32_t id) {
  const auto path = "/proc/" + std::to_string(pid) + "/cgroup";
  const fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  std::array<char, 8192> buffer;
  const auto got = ::read(file.get(), buffer.data(), buffer.size());
  if (pid <= 0 || got <= 0)
    return 0;
  // The line of version 2 is "0::" and a path from the mount's root.
  std::string_view text{buffer.data(), static_cast<size_t>(got)};
  const auto at = text.starts_with("0::") ? 0 : text.find("\n0::");
  if (at == text.npos)
    return 0;
  text.remove_prefix(at == 0 ? 3 : at + 4);
  const std::string place{text.substr(0, text.find('\n'))};
  if (!place.ends_with("/" + std::to_string(uid) + "/" + std::to_string(id)))
    return 0;
  struct stat directory {};
  for (const std::string mount : {"/sys/fs/cgroup/unified", "/sys/fs/cgroup"})
    if (::stat((mount + place).c_str(), &directory) == 0)
      return directory.st_ino;
  return 0;
}

} // namespace hiisi::os
