#include "logger/terminal.hpp"

#include <cstdlib>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

namespace hiisi::logger {

namespace {

bool set_up(int slave) {
  termios modes{};
  if (::tcgetattr(slave, &modes) != 0)
    return false;
  // A log has no carriage to return, and nobody types who would see an echo.
  modes.c_oflag &= ~static_cast<tcflag_t>(ONLCR);
  modes.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  const winsize size{24, 80, 0, 0};
  return ::tcsetattr(slave, TCSANOW, &modes) == 0
         && ::ioctl(slave, TIOCSWINSZ, &size) == 0
         && ::ioctl(slave, TIOCSCTTY, 0) == 0;
}

} // namespace

terminal open_terminal() {
  terminal made;
  made.master = logs::descriptor{::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)};
  if (!made.master || ::grantpt(made.master.get()) != 0
      || ::unlockpt(made.master.get()) != 0)
    return {};
  // Not by its name, which another mount of devpts may hide.
  made.slave = logs::descriptor{
      ::ioctl(made.master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC)};
  if (!made.slave || !set_up(made.slave.get()))
    return {};
  return made;
}

bool has_session(int master) {
  pid_t session = 0;
  return ::ioctl(master, TIOCGSID, &session) == 0 && session > 0;
}

} // namespace hiisi::logger
