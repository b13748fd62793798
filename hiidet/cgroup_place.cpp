#include "hiidet/cgroup_place.hpp"

#include <fstream>

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace hiisi::hiidet {

namespace {

/// Where we are in cgroup v2, below its mount; "/" is its root.
std::string own_cgroup() {
  std::ifstream file{"/proc/self/cgroup"};
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("0::/"))
      return line.substr(3);
  return "/";
}

bool is_writable(const std::string& path) {
  return ::faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) == 0;
}

/// systemd marks what it has handed over.
bool is_delegated(const std::string& path) {
  return ::getxattr(path.c_str(), "trusted.delegate", nullptr, 0) >= 0
         || ::getxattr(path.c_str(), "user.delegate", nullptr, 0) >= 0;
}

} // namespace

std::string cgroup_directory(const std::string& name) {
  for (const std::string mount : {"/sys/fs/cgroup/unified", "/sys/fs/cgroup"}) {
    struct statfs system {};
    if (::statfs(mount.c_str(), &system) != 0
        || system.f_type != CGROUP2_SUPER_MAGIC)
      continue;
    auto place = mount + own_cgroup();
    if (::geteuid() == 0 && !is_delegated(place))
      place = mount;
    if (place.ends_with('/'))
      place.pop_back();
    return is_writable(place) && is_writable(place + "/cgroup.procs")
               ? place + "/" + name
               : std::string{};
  }
  return {};
}

std::string cgroup_name(const std::string& runtime_dir, bool usual_place) {
  struct stat facts {};
  if (usual_place || ::stat(runtime_dir.c_str(), &facts) != 0)
    return "hiisi";
  return "hiisi-" + std::to_string(facts.st_dev) + "-"
         + std::to_string(facts.st_ino);
}

} // namespace hiisi::hiidet
