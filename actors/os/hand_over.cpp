#include "actors/os/hand_over.hpp"

#include "actors/os/fd.hpp"
#include "actors/os/sys_error.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hiisi::os {

using protocol::errc;
using protocol::result;

namespace {

/// How deep a tree may be. Ours are two deep.
constexpr int deepest = 8;

int give(int file, directory_owner owner) noexcept {
  return ::fchownat(file, "", owner.uid, owner.gid, AT_EMPTY_PATH) == 0 ? 0
                                                                        : errno;
}

/// Gives away what lies in an open directory of root's, and then the directory
/// itself; an errno, or 0. It goes by descriptors, and as long as the directory
/// is root's alone nobody can put anything into it.
int give_tree(int directory, directory_owner owner, int depth) {
  if (depth == 0)
    return ELOOP;
  // The names by way of the descriptor, as the path may lead elsewhere by now.
  auto names
      = list_directory("/proc/self/fd/" + std::to_string(directory) + "/.");
  if (!names)
    return ENOENT;
  for (const auto& name : *names) {
    fd inner(
        ::openat(directory, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat found {};
    if (!inner || ::fstat(inner.get(), &found) != 0 || found.st_uid != 0)
      continue;
    auto failed = 0;
    if (S_ISDIR(found.st_mode))
      failed = give_tree(inner.get(), owner, depth - 1);
    else if ((S_ISREG(found.st_mode) || S_ISSOCK(found.st_mode))
             && found.st_nlink == 1)
      failed = give(inner.get(), owner);
    if (failed != 0)
      return failed;
  }
  return give(directory, owner);
}

} // namespace

result<void> hand_over(const std::string& path, mode_t mode,
                       directory_owner owner) {
  fd directory(
      ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory)
    return sys_error(errc::storage_failed, errno, "open", path);
  struct stat found {};
  if (::fstat(directory.get(), &found) != 0)
    return sys_error(errc::storage_failed, errno, "stat", path);
  if (found.st_uid != 0)
    return {};
  // First, so that nobody else can write into it from here on.
  if (::fchmod(directory.get(), mode) != 0)
    return sys_error(errc::storage_failed, errno, "chmod", path);
  if (auto failed = give_tree(directory.get(), owner, deepest))
    return sys_error(errc::storage_failed, failed, "change the owner of", path);
  return {};
}

} // namespace hiisi::os
