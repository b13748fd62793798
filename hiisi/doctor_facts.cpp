#include "hiisi/doctor_facts.hpp"

#include "logs/descriptor.hpp"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace hiisi::cli {

namespace {

/// PIDFD_GET_INFO of linux/pidfd.h, which Debian 12 does not have yet, and the
/// head of what it fills in.
struct pidfd_info_head {
  uint64_t mask = 0;
  uint64_t rest[15]{};
};
constexpr unsigned long pidfd_get_info = _IOWR(0xFF, 11, pidfd_info_head);
constexpr long pidfs_magic = 0x50494446;

/// Since Linux 6.15 a kernel that is asked for the exit status knows the
/// question; before, either the call or the bit is unknown to it.
bool tells_exit_status(int release_major, int release_minor) {
  return release_major > 6 || (release_major == 6 && release_minor >= 15);
}

void look_at_pidfds(kernel_facts& kernel) {
  const logs::descriptor self{
      static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0))};
  kernel.pidfd = static_cast<bool>(self);
  struct statfs system {};
  kernel.pidfs = kernel.pidfd && ::fstatfs(self.get(), &system) == 0
                 && system.f_type == pidfs_magic;
  pidfd_info_head info;
  if (!kernel.pidfs || ::ioctl(self.get(), pidfd_get_info, &info) != 0)
    return;
  char* end = nullptr;
  const auto major = std::strtol(kernel.release.c_str(), &end, 10);
  const auto minor = *end == '.' ? std::strtol(end + 1, nullptr, 10) : 0;
  kernel.exit_status
      = tells_exit_status(static_cast<int>(major), static_cast<int>(minor));
}

/// The root of cgroup v2 has no cgroup.kill; any cgroup in it shows whether
/// there is one.
bool has_kill_below(const std::string& mount) {
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator{mount, failed})
    if (std::filesystem::exists(entry.path() / "cgroup.kill", failed))
      return true;
  return false;
}

void look_at_cgroups(kernel_facts& kernel) {
  for (const std::string mount : {"/sys/fs/cgroup/unified", "/sys/fs/cgroup"}) {
    struct statfs system {};
    if (::statfs(mount.c_str(), &system) != 0
        || system.f_type != CGROUP2_SUPER_MAGIC)
      continue;
    kernel.cgroup2 = true;
    kernel.cgroup_kill = has_kill_below(mount);
    return;
  }
}

bool makes_holes(const std::string& directory) {
  logs::descriptor file{
      ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)};
  if (!file) {
    auto path = directory + "/.hiisi-doctor-XXXXXX";
    file = logs::descriptor{::mkostemp(path.data(), O_CLOEXEC)};
    if (file)
      ::unlink(path.c_str());
  }
  const std::string block(4096, 'x');
  return file
         && ::write(file.get(), block.data(), block.size())
                == static_cast<ssize_t>(block.size())
         && ::fallocate(file.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                        0, 4096)
                == 0;
}

bool may(const std::string& path, int mode) {
  return ::faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) == 0;
}

} // namespace

kernel_facts look_at_kernel() {
  kernel_facts kernel;
  utsname name{};
  if (::uname(&name) == 0)
    kernel.release = name.release;
  look_at_pidfds(kernel);
  look_at_cgroups(kernel);
  return kernel;
}

log_facts look_at_logs(const std::string& home) {
  log_facts logs;
  logs.home = home;
  logs.path = home + "/.logs";
  struct stat is {};
  logs.home_there = home.starts_with('/') && ::stat(home.c_str(), &is) == 0
                    && S_ISDIR(is.st_mode);
  if (!logs.home_there)
    return logs;
  logs.can_make = may(home, W_OK | X_OK);
  logs.there = ::lstat(logs.path.c_str(), &is) == 0;
  if (logs.there) {
    logs.own_directory = S_ISDIR(is.st_mode) && is.st_uid == ::geteuid();
    logs.open_to_others = (is.st_mode & 0077) != 0;
  }
  const auto& where = logs.there ? logs.path : home;
  logs.writable = may(where, W_OK | X_OK);
  if (logs.writable)
    logs.makes_holes = makes_holes(where);
  struct statvfs seen {};
  if (::statvfs(where.c_str(), &seen) == 0)
    logs.free_bytes = uint64_t{seen.f_bavail} * seen.f_frsize;
  return logs;
}

} // namespace hiisi::cli
