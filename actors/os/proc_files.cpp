#include "actors/os/proc_files.hpp"

#include <algorithm>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hiisi::os {

namespace {

constexpr size_t first_room = 4096;
constexpr size_t most_room = 1024 * 1024;

} // namespace

proc_files::proc_files(const std::string& directory)
    : directory_(
        ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  buffer_.resize(first_room);
}

std::string_view proc_files::read(const char* path) {
  fd file;
  return read(path, file);
}

std::string_view proc_files::read(const char* path, fd& kept) {
  // What is open may be of a process, or of a cgroup, that is no more.
  for (const auto again : {static_cast<bool>(kept), false}) {
    if (!kept)
      kept.reset(::openat(directory_.get(), path, O_RDONLY | O_CLOEXEC));
    if (!kept)
      break;
    if (const auto size = fill(kept.get()))
      return {buffer_.data(), *size};
    kept.reset();
    if (!again)
      break;
  }
  return {};
}

/// Reads the file from its beginning; nothing where that is refused.
std::optional<size_t> proc_files::fill(int file) {
  size_t size = 0;
  for (;;) {
    const auto got = ::pread(file, buffer_.data() + size, buffer_.size() - size,
                             static_cast<off_t>(size));
    if (got < 0)
      return std::nullopt;
    size += static_cast<size_t>(got);
    // The kernel gives a small file of this kind whole, so what is less than
    // there was room for is the end; a further read would only say so.
    if (size < buffer_.size() || buffer_.size() >= most_room)
      return size;
    buffer_.resize(buffer_.size() * 2);
  }
}

std::optional<uint64_t> proc_files::count_descriptors(const char* path,
                                                      fd& kept) {
  struct stat seen {};
  if (kept && ::fstat(kept.get(), &seen) != 0)
    kept.reset();
  if (!kept) {
    kept.reset(::openat(directory(), path, O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!kept || ::fstat(kept.get(), &seen) != 0)
      return std::nullopt;
  }
  // Since Linux 6.2 the size says it, and to everybody.
  if (seen.st_size > 0)
    return static_cast<uint64_t>(seen.st_size);
  const int listed
      = ::openat(kept.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* entries = listed < 0 ? nullptr : ::fdopendir(listed);
  if (!entries)
    return std::nullopt;
  uint64_t count = 0;
  while (const auto* entry = ::readdir(entries))
    count += entry->d_name[0] != '.' ? 1 : 0;
  ::closedir(entries);
  return count;
}

std::chrono::nanoseconds from_ticks(uint64_t count) {
  static const auto per_second
      = static_cast<uint64_t>(std::max(::sysconf(_SC_CLK_TCK), 1L));
  return std::chrono::nanoseconds{
      static_cast<int64_t>(count * (1'000'000'000 / per_second))};
}

uint64_t from_pages(uint64_t count) {
  static const auto size
      = static_cast<uint64_t>(std::max(::sysconf(_SC_PAGESIZE), 1L));
  return count * size;
}

} // namespace hiisi::os
