#include "actors/os/atomic_file.hpp"

#include "actors/os/fd.hpp"
#include "actors/os/file.hpp"
#include "actors/os/sys_error.hpp"
#include "fault/crash_point.hpp"

#include <algorithm>
#include <cerrno>
#include <set>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hiisi::os {

using protocol::errc;
using protocol::error;
using protocol::result;

namespace {

constexpr std::string_view temporary_suffix = ".tmp";

/// How many files sync_files holds open at once.
constexpr size_t sync_batch = 64;

/// From how many files on a whole file system is synced instead: on ext4, 100
/// files took 6 to 300 ms one by one and 1 to 5 ms this way. For fewer it is
/// not worth waiting for what all others have written there.
constexpr size_t syncfs_from = 16;

struct split_path {
  std::string directory;
  std::string name;
};

split_path split(const std::string& path) {
  auto slash = path.rfind('/');
  if (slash == std::string::npos)
    return {".", path};
  if (slash == 0)
    return {"/", path.substr(1)};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

/// Writes all of `data`; an errno, or 0.
int write_all(int file, std::string_view data) noexcept {
  while (!data.empty()) {
    auto written = ::write(file, data.data(), data.size());
    if (written < 0) {
      if (errno == EINTR)
        continue;
      return errno;
    }
    data.remove_prefix(static_cast<size_t>(written));
  }
  return 0;
}

int fsync_of(int file) noexcept {
  while (::fsync(file) != 0) {
    if (errno != EINTR)
      return errno;
  }
  return 0;
}

result<void> fsync_directory(const std::string& directory) {
  fd opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened)
    return sys_error(errc::storage_failed, errno, "open", directory);
  auto failed = fsync_of(opened.get());
  // Some file systems (FUSE among them) cannot sync a directory and say so;
  // there is nothing more that could be done there.
  if (failed != 0 && failed != EINVAL && failed != ENOSYS)
    return sys_error(errc::storage_failed, failed, "fsync", directory);
  HIISI_CRASH_POINT("directory.synced");
  return {};
}

/// Fills the temporary file. Leaves it behind on failure; the caller removes.
/// Errors speak of `path`, the file that this is going to be.
result<void> fill(const std::string& path, const std::string& temporary,
                  std::string_view contents, mode_t mode, durability how) {
  constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  fd file(::open(temporary.c_str(), flags, 0600));
  if (!file && errno == EEXIST) {
    // One that a crash left behind; O_EXCL makes sure that the next is ours.
    if (::unlink(temporary.c_str()) != 0 && errno != ENOENT)
      return sys_error(errc::storage_failed, errno, "remove", temporary);
    file = fd(::open(temporary.c_str(), flags, 0600));
  }
  if (!file)
    return sys_error(errc::storage_failed, errno, "write", path);
  HIISI_CRASH_POINT("file.made");
  // Asking is cheaper than setting what is so already.
  struct stat made {};
  if ((::fstat(file.get(), &made) != 0 || (made.st_mode & 07777) != mode)
      && ::fchmod(file.get(), mode) != 0)
    return sys_error(errc::storage_failed, errno, "chmod", path);
  if (auto failed = write_all(file.get(), contents))
    return sys_error(errc::storage_failed, failed, "write", path);
  HIISI_CRASH_POINT("file.written");
  if (how == durability::durable) {
    if (auto failed = fsync_of(file.get()))
      return sys_error(errc::storage_failed, failed, "fsync", path);
    HIISI_CRASH_POINT("file.synced");
  }
  // A network file system may report a failed write only now.
  if (::close(file.release()) != 0 && errno != EINTR)
    return sys_error(errc::storage_failed, errno, "close", path);
  return {};
}

/// Syncs the whole file system of each directory; whether that worked for all.
/// Its errors may be about anybody's files, so they are not told.
bool sync_file_systems(const std::set<std::string>& directories) {
  std::set<dev_t> synced;
  for (const auto& directory : directories) {
    fd opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    struct stat found {};
    if (!opened || ::fstat(opened.get(), &found) != 0)
      return false;
    if (synced.insert(found.st_dev).second && ::syncfs(opened.get()) != 0)
      return false;
    HIISI_CRASH_POINT("file_system.synced");
  }
  return true;
}

/// Syncs up to sync_batch files; the first error goes to `first`.
void sync_batch_of(std::span<const std::string> paths, result<void>& first) {
  auto note = [&first](error reason) {
    if (first.ok())
      first = std::move(reason);
  };
  std::vector<fd> opened;
  for (const auto& path : paths) {
    opened.emplace_back(
        ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!opened.back()) {
      if (errno != ENOENT)
        note(sys_error(errc::storage_failed, errno, "open", path));
      continue;
    }
    // Only a start: its failure shows up in fsync as well.
    ::sync_file_range(opened.back().get(), 0, 0, SYNC_FILE_RANGE_WRITE);
  }
  for (size_t i = 0; i < opened.size(); ++i) {
    if (!opened[i])
      continue;
    if (auto failed = fsync_of(opened[i].get()))
      note(sys_error(errc::storage_failed, failed, "fsync", paths[i]));
  }
  HIISI_CRASH_POINT("files.synced");
}

} // namespace

std::string temporary_name(std::string_view name) {
  std::string made(".");
  made += name;
  made += temporary_suffix;
  return made;
}

result<void> write_file(const std::string& path, std::string_view contents,
                        mode_t mode, durability how) {
  auto [directory, name] = split(path);
  auto temporary = directory + "/" + temporary_name(name);
  auto filled = fill(path, temporary, contents, mode, how);
  if (!filled) {
    ::unlink(temporary.c_str());
    return filled;
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    auto reason = errno;
    ::unlink(temporary.c_str());
    return sys_error(errc::storage_failed, reason, "rename into", path);
  }
  HIISI_CRASH_POINT("file.renamed");
  if (how == durability::durable)
    return fsync_directory(directory);
  return {};
}

result<void> write_block(const std::string& path, std::string_view block,
                         mode_t mode) {
  fd file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, mode));
  if (!file)
    return sys_error(errc::storage_failed, errno, "open", path);
  HIISI_CRASH_POINT("block.opened");
  if (auto failed = write_all(file.get(), block))
    return sys_error(errc::storage_failed, failed, "write", path);
  HIISI_CRASH_POINT("block.written");
  return {};
}

result<void> sync_files(std::span<const std::string> paths) {
  result<void> first;
  std::set<std::string> directories;
  for (const auto& path : paths)
    directories.insert(split(path).directory);
  if (paths.size() >= syncfs_from && sync_file_systems(directories))
    return first;
  for (auto rest = paths; !rest.empty();) {
    auto count = std::min(rest.size(), sync_batch);
    sync_batch_of(rest.first(count), first);
    rest = rest.subspan(count);
  }
  for (const auto& directory : directories) {
    auto synced = fsync_directory(directory);
    if (!synced && first.ok())
      first = std::move(synced);
  }
  return first;
}

result<size_t> remove_leftovers(const std::string& directory) {
  auto names = list_directory(directory);
  if (!names)
    return std::move(names).failure();
  size_t removed = 0;
  for (const auto& name : *names) {
    if (name.size() <= temporary_suffix.size() + 1 || name.front() != '.'
        || !name.ends_with(temporary_suffix))
      continue;
    auto path = directory;
    path += '/';
    path += name;
    struct stat found {};
    if (::lstat(path.c_str(), &found) != 0 || !S_ISREG(found.st_mode))
      continue;
    if (auto gone = remove_file(path); !gone)
      return std::move(gone).failure();
    HIISI_CRASH_POINT("leftover.removed");
    ++removed;
  }
  return removed;
}

} // namespace hiisi::os
