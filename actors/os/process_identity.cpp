#include "actors/os/process_identity.hpp"

#include <charconv>
#include <fstream>
#include <sstream>
#include <string>

#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace hiisi::os {
namespace {

constexpr long pidfs_magic = 0x50494446;

/// 0 where it cannot be read.
uint64_t start_ticks_of(int pid) {
  std::ifstream file{"/proc/" + std::to_string(pid) + "/stat"};
  std::string text;
  std::getline(file, text, '\0');
  // The name, in parentheses, may hold anything, parentheses and spaces too.
  const auto end = text.rfind(')');
  if (end == std::string::npos)
    return 0;
  std::istringstream fields{text.substr(end + 1)};
  std::string field;
  for (int number = 3; number <= 22; ++number)
    fields >> field;
  uint64_t ticks = 0;
  std::from_chars(field.data(), field.data() + field.size(), ticks);
  return ticks;
}

process_identity identify(int pidfd, int pid) {
  struct statfs system {};
  struct stat file {};
  if (::fstatfs(pidfd, &system) == 0 && system.f_type == pidfs_magic
      && ::fstat(pidfd, &file) == 0)
    return {file.st_ino, 0};
  return {0, start_ticks_of(pid)};
}

fd open_number(int pid) {
  return fd{pid > 0 ? static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)) : -1};
}

} // namespace

process_identity identify_process(int pid) {
  const auto process = open_number(pid);
  return process ? identify(process.get(), pid) : process_identity{};
}

fd open_process(int pid, const process_identity& who) {
  auto process = open_number(pid);
  if (process && who != process_identity{}
      && identify(process.get(), pid) == who)
    return process;
  return {};
}

} // namespace hiisi::os
