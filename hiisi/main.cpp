#include "hiisi/autostart.hpp"
#include "hiisi/program.hpp"

#include <exception>
#include <functional>
#include <iostream>
#include <vector>

#include <fcntl.h>
#include <pwd.h>
#include <unistd.h>

namespace {

/// A program started with a standard descriptor closed would otherwise find
/// its socket there and write messages into it.
void open_standard_descriptors() {
  int fd = ::open("/dev/null", O_RDWR);
  while (fd >= 0 && fd <= 2)
    fd = ::dup(fd);
  if (fd > 2)
    ::close(fd);
}

std::string login_name() {
  const passwd* entry = ::getpwuid(::getuid());
  return entry != nullptr ? entry->pw_name : std::to_string(::getuid());
}

/// Asks whoever sits at the terminal; no answer, or an empty one, is a no.
bool ask(const std::string& question) {
  std::cerr << question << " [y/N] " << std::flush;
  std::string reply;
  return std::getline(std::cin, reply)
         && (reply.starts_with('y') || reply.starts_with('Y'));
}

} // namespace

int main(int argc, char** argv) {
  using namespace hiisi::cli;
  open_standard_descriptors();
  try {
    std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
    reach_settings reach;
    reach.env = environment::from(environ);
    reach.uid = ::getuid();
    reach.own_directory = own_directory();
    return static_cast<int>(run_program(
        words, {std::move(reach), login_name(), std::cout, std::cerr, 1,
                ::isatty(0) == 1 && ::isatty(2) == 1
                    ? ask
                    : std::function<bool(const std::string&)>{}}));
  } catch (const std::exception& problem) {
    // Nothing of ours throws; the library does when memory is out.
    std::cerr << "hiisi: " << problem.what() << '\n';
    return static_cast<int>(exit_status::refused);
  }
}
