#include "test/support/recorded_calls.hpp"

#include <algorithm>
#include <cstdarg>
#include <map>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>

// What the linker makes of each call and of the C library's own function; see
// test/CMakeLists.txt.
extern "C" {
int __real_open(const char* path, int flags, mode_t mode);
int __real_close(int fd);
ssize_t __real_write(int fd, const void* bytes, size_t size);
int __real_fsync(int fd);
int __real_rename(const char* from, const char* to);
int __real_unlink(const char* path);
}

namespace hiisi::test {

namespace {

struct recording {
  std::vector<recorded_call> calls;
  /// By descriptor; a file's stays what it was called when it was first opened.
  std::map<int, std::string> names;
  std::map<ino_t, std::string> first_names;
  std::map<int, bool> directories;
  size_t write_bytes = 0;
};

recording* current = nullptr;

std::string last_part(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1));
}

void record(recorded_call::kind what, std::string name, std::string text = {}) {
  current->calls.push_back({what, std::move(name), std::move(text)});
}

} // namespace

call_recorder::call_recorder(size_t write_bytes) {
  current = new recording;
  current->write_bytes = write_bytes;
}

call_recorder::~call_recorder() {
  delete current;
  current = nullptr;
}

const std::vector<recorded_call>& call_recorder::calls() const {
  return current->calls;
}

} // namespace hiisi::test

using hiisi::test::current;
using hiisi::test::last_part;
using hiisi::test::record;
using kind = hiisi::test::recorded_call::kind;

extern "C" {

int __wrap_open(const char* path, int flags, ...) {
  mode_t mode = 0;
  if ((flags & O_CREAT) != 0) {
    va_list rest;
    va_start(rest, flags);
    mode = va_arg(rest, mode_t);
    va_end(rest);
  }
  const int fd = __real_open(path, flags, mode);
  if (current != nullptr && fd >= 0) {
    struct stat found {};
    ::fstat(fd, &found);
    current->names[fd]
        = current->first_names.emplace(found.st_ino, last_part(path))
              .first->second;
    current->directories[fd] = (flags & O_DIRECTORY) != 0;
    if ((flags & O_CREAT) != 0)
      record(kind::create, last_part(path));
  }
  return fd;
}

int __wrap_close(int fd) {
  if (current != nullptr)
    current->names.erase(fd);
  return __real_close(fd);
}

ssize_t __wrap_write(int fd, const void* bytes, size_t size) {
  if (current == nullptr || !current->names.contains(fd))
    return __real_write(fd, bytes, size);
  const auto done
      = __real_write(fd, bytes, std::min(size, current->write_bytes));
  if (done > 0)
    record(kind::write, current->names[fd],
           {static_cast<const char*>(bytes), static_cast<size_t>(done)});
  return done;
}

int __wrap_fsync(int fd) {
  const int done = __real_fsync(fd);
  if (current != nullptr && done == 0)
    record(current->directories[fd] ? kind::sync_directory : kind::sync_file,
           current->names[fd]);
  return done;
}

int __wrap_rename(const char* from, const char* to) {
  const int done = __real_rename(from, to);
  if (current != nullptr && done == 0)
    record(kind::rename, last_part(from), last_part(to));
  return done;
}

int __wrap_unlink(const char* path) {
  const int done = __real_unlink(path);
  if (current != nullptr && done == 0)
    record(kind::remove, last_part(path));
  return done;
}

} // extern "C"
