#include "actors/os/damaged_file.hpp"

#include "actors/os/sys_error.hpp"

#include <cerrno>

#include <fcntl.h>
#include <stdio.h>

namespace hiisi::os {

using protocol::errc;

protocol::result<std::string> set_aside(const std::string& path) {
  for (int number = 1;; ++number) {
    auto aside = path + ".damaged";
    if (number > 1)
      aside += "." + std::to_string(number);
    if (::renameat2(AT_FDCWD, path.c_str(), AT_FDCWD, aside.c_str(),
                    RENAME_NOREPLACE)
        == 0)
      return aside;
    if (errno != EEXIST)
      return sys_error(errc::storage_failed, errno, "set aside", path);
  }
}

protocol::error set_aside(const std::string& path, protocol::error why) {
  const auto aside = set_aside(path);
  why.message += aside ? "; the file was set aside as " + *aside
                       : "; " + aside.failure().message;
  return why;
}

} // namespace hiisi::os
