#include "hiidet/cgroup_place.hpp"

#include "actors/os/fd.hpp"

#include <fstream>
#include <string_view>
#include <tuple>

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

std::string parent_of(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

/// Hands a controller down to what is in the directory, if it has that itself
/// and no process is in it; otherwise there is none further down.
void hand_down(const std::string& directory, std::string_view controller) {
  const auto path = directory + "/cgroup.subtree_control";
  const os::fd file{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
  const auto word = "+" + std::string{controller};
  std::ignore = ::write(file.get(), word.data(), word.size());
}

} // namespace

std::string cgroup_directory(const std::string& name) {
  for (const std::string mount : {"/sys/fs/cgroup/unified", "/sys/fs/cgroup"}) {
    struct statfs system {};
    if (::statfs(mount.c_str(), &system) != 0
        || system.f_type != CGROUP2_SUPER_MAGIC)
      continue;
    auto place = mount + own_cgroup();
    // With DelegateSubgroup= systemd starts us one below what is handed over.
    if (!is_delegated(place) && is_delegated(parent_of(place)))
      place = parent_of(place);
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

void prepare_cgroup(const std::string& directory) {
  if (directory.empty())
    return;
  // Whatever our umask is: hiidet looks into it when it is root no more.
  if (::mkdir(directory.c_str(), 0755) == 0)
    ::chmod(directory.c_str(), 0755);
  for (const auto& place : {parent_of(directory), directory})
    for (const auto* controller : {"memory", "pids", "cpu"})
      hand_down(place, controller);
}

std::string cgroup_name(const std::string& runtime_dir, bool usual_place) {
  struct stat facts {};
  if (usual_place || ::stat(runtime_dir.c_str(), &facts) != 0)
    return "hiisi";
  return "hiisi-" + std::to_string(facts.st_dev) + "-"
         + std::to_string(facts.st_ino);
}

} // namespace hiisi::hiidet
