#include "hiidet/program_beside.hpp"

#include "actors/os/sys_error.hpp"

#include <array>
#include <cerrno>

#include <sys/stat.h>
#include <unistd.h>

namespace hiisi::hiidet {

using protocol::errc;

protocol::result<std::string> program_beside(const std::string& name) {
  std::array<char, 4096> path{};
  const auto length = ::readlink("/proc/self/exe", path.data(), path.size());
  if (length <= 0 || static_cast<size_t>(length) == path.size())
    return os::sys_error(errc::unavailable, errno, "readlink",
                         "/proc/self/exe");
  std::string program{path.data(), static_cast<size_t>(length)};
  program.replace(program.find_last_of('/') + 1, std::string::npos, name);
  // Not access(2): the daemon's sandbox lets it execute nothing but itself, and
  // others, which have none, are to execute this.
  struct stat is {};
  auto problem = ::stat(program.c_str(), &is) == 0 ? 0 : errno;
  if (problem == 0 && (!S_ISREG(is.st_mode) || (is.st_mode & 0111) == 0))
    problem = EACCES;
  if (problem != 0)
    return protocol::make_error(
        errc::unavailable,
        program + " cannot be run: " + os::errno_text(problem),
        name + " is installed beside hiidet");
  return program;
}

} // namespace hiisi::hiidet
