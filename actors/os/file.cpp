#include "actors/os/file.hpp"

#include "actors/os/fd.hpp"
#include "actors/os/sys_error.hpp"
#include "fault/crash_point.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hiisi::os {

using protocol::errc;
using protocol::make_error;
using protocol::result;

namespace {

errc missing_or(int number) noexcept {
  return number == ENOENT || number == ENOTDIR ? errc::not_found
                                               : errc::storage_failed;
}

struct close_directory {
  void operator()(DIR* stream) const noexcept { ::closedir(stream); }
};
using directory_stream = std::unique_ptr<DIR, close_directory>;

/// The names of an open directory; an errno, or 0. Closes it.
int names_of(fd directory, std::vector<std::string>& names) {
  directory_stream stream(::fdopendir(directory.get()));
  if (!stream)
    return errno;
  // The stream owns it from here on.
  [[maybe_unused]] auto owned_by_stream = directory.release();
  for (;;) {
    errno = 0;
    auto* entry = ::readdir(stream.get());
    if (!entry)
      return errno;
    std::string name(static_cast<const char*>(entry->d_name));
    if (name != "." && name != "..")
      names.push_back(std::move(name));
  }
}

std::string octal(mode_t mode) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%04o", mode);
  return text.data();
}

} // namespace

result<std::string> read_file(const std::string& path, size_t limit) {
  // O_NONBLOCK: opening a pipe that nobody writes would wait for ever.
  fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file)
    return sys_error(missing_or(errno), errno, "open", path);
  struct stat found {};
  if (::fstat(file.get(), &found) != 0)
    return sys_error(errc::storage_failed, errno, "stat", path);
  if (!S_ISREG(found.st_mode))
    return make_error(errc::storage_failed,
                      "read " + path + ": not a regular file");
  std::string text;
  // Files of /proc say that they are empty, so the size is only a first guess;
  // one byte more than the limit tells a file that is too long.
  auto room = std::min(
      limit, std::max(static_cast<size_t>(found.st_size), size_t{4096}));
  for (;;) {
    auto have = text.size();
    text.resize(room + 1);
    auto got = ::read(file.get(), text.data() + have, text.size() - have);
    if (got < 0 && errno != EINTR)
      return sys_error(errc::storage_failed, errno, "read", path);
    text.resize(have + static_cast<size_t>(std::max<ssize_t>(got, 0)));
    if (got == 0)
      return text;
    if (text.size() > limit)
      return make_error(errc::storage_failed, "read " + path + ": more than "
                                                  + std::to_string(limit)
                                                  + " bytes");
    if (text.size() > room)
      room = std::min(limit, room * 2);
  }
}

std::optional<file_stamp> stamp_of(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0)
    return std::nullopt;
  return file_stamp{found.st_dev, found.st_ino, found.st_size,
                    found.st_mtim.tv_sec, found.st_mtim.tv_nsec};
}

result<std::vector<std::string>> list_directory(const std::string& path) {
  fd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory)
    return sys_error(missing_or(errno), errno, "open", path);
  std::vector<std::string> names;
  if (auto failed = names_of(std::move(directory), names))
    return sys_error(errc::storage_failed, failed, "list", path);
  std::sort(names.begin(), names.end());
  return names;
}

result<bool> make_directory(const std::string& path, mode_t mode,
                            directory_owner owner) {
  // 0700 first: it is opened up only once it belongs to whom it should.
  auto made = ::mkdir(path.c_str(), 0700) == 0;
  if (!made && errno != EEXIST)
    return sys_error(errc::storage_failed, errno, "make directory", path);
  HIISI_CRASH_POINT("directory.made");
  fd directory(
      ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory) {
    if (errno == ELOOP || errno == ENOTDIR)
      return make_error(errc::storage_failed,
                        path + " is a symbolic link or a file, not a directory",
                        "remove it, or give another directory");
    return sys_error(errc::storage_failed, errno, "open", path);
  }
  struct stat found {};
  if (::fstat(directory.get(), &found) != 0)
    return sys_error(errc::storage_failed, errno, "stat", path);
  if (made) {
    // Asked for only where it changes something: hiidet's unit forbids it.
    if ((found.st_uid != owner.uid || found.st_gid != owner.gid)
        && ::fchown(directory.get(), owner.uid, owner.gid) != 0)
      return sys_error(errc::storage_failed, errno, "change owner of", path);
    HIISI_CRASH_POINT("directory.owned");
    if (::fchmod(directory.get(), mode) != 0)
      return sys_error(errc::storage_failed, errno, "chmod", path);
    HIISI_CRASH_POINT("directory.opened_up");
    return true;
  }
  if (found.st_uid != owner.uid)
    return make_error(errc::not_permitted,
                      path + " belongs to uid " + std::to_string(found.st_uid)
                          + ", not to uid " + std::to_string(owner.uid),
                      "remove it, or give another directory");
  if ((found.st_mode & 0777 & ~mode) != 0)
    return make_error(errc::not_permitted,
                      path + " is open to more users than it may be (mode "
                          + octal(found.st_mode & 0777) + ")",
                      "chmod " + octal(mode)
                          + " it, or give another directory");
  return false;
}

result<void> make_parents(const std::string& path, mode_t mode) {
  for (auto slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    auto parent = path.substr(0, slash);
    if (::mkdir(parent.c_str(), mode) == 0 || errno == EEXIST)
      continue;
    auto reason = errno;
    // Above it may lie directories that may be passed but not written to; some
    // of these answer EACCES or EROFS although they exist.
    if (::access(parent.c_str(), F_OK) == 0)
      continue;
    return sys_error(errc::storage_failed, reason, "make directory", parent);
  }
  return {};
}

result<void> remove_file(const std::string& path) {
  // A read-only file system says so before it looks whether there is a file.
  if (::unlink(path.c_str()) != 0 && errno != ENOENT
      && (errno != EROFS || stamp_of(path)))
    return sys_error(errc::storage_failed, errno, "remove", path);
  HIISI_CRASH_POINT("file.removed");
  return {};
}

} // namespace hiisi::os
