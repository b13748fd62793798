#include "actors/os/sys_error.hpp"

#include <cerrno>
#include <cstring>

namespace hiisi::os {

namespace {

std::string_view hint_for(int number) noexcept {
  switch (number) {
  case ENOSPC:
    return "make room on that file system, then try again";
  case EDQUOT:
    return "the disk quota is used up; make room, then try again";
  case EROFS:
    return "the file system is mounted read-only; give another directory";
  case EMFILE:
    return "raise the limit on open files (ulimit -n, LimitNOFILE=)";
  case ENFILE:
    return "the host has no file handles left (sysctl fs.file-max)";
  default:
    return {};
  }
}

} // namespace

std::string errno_text(int number) {
  if (const char* text = ::strerrordesc_np(number))
    return text;
  return "error " + std::to_string(number);
}

protocol::error sys_error(protocol::errc code, int number,
                          std::string_view stage, std::string_view path) {
  std::string message(stage);
  if (!path.empty()) {
    message += ' ';
    message += path;
  }
  message += ": ";
  message += errno_text(number);
  return protocol::make_error(code, std::move(message),
                              std::string(hint_for(number)));
}

} // namespace hiisi::os
