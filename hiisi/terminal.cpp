#include "hiisi/terminal.hpp"

#include <charconv>
#include <string>

#include <sys/ioctl.h>
#include <unistd.h>

namespace hiisi::cli {

namespace {

size_t width_of(int fd, const environment& env) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return size.ws_col;
  std::string columns = env.get("COLUMNS");
  size_t width = 0;
  std::from_chars(columns.data(), columns.data() + columns.size(), width);
  return width > 0 ? width : 80;
}

} // namespace

layout detect_layout(int fd, color_mode mode, const environment& env) {
  layout found;
  bool terminal = ::isatty(fd) == 1;
  if (terminal)
    found.width = width_of(fd, env);
  found.color
      = mode == color_mode::always
        || (mode == color_mode::automatic && terminal
            && env.get("NO_COLOR").empty() && env.get("TERM") != "dumb");
  return found;
}

} // namespace hiisi::cli
