#pragma once

#include "hiisi/exit_status.hpp"
#include "hiisi/reach.hpp"

#include <functional>
#include <iosfwd>
#include <span>
#include <string>

namespace hiisi::cli {

/// What the whole program stands on, so that tests can stand it on something
/// else.
struct surroundings {
  /// Its socket and autostart fields are filled from the command line.
  reach_settings reach;
  /// The caller's login name.
  std::string user;
  std::ostream& out;
  std::ostream& err;
  int out_fd = 1;
  /// Asks the person at the terminal; null where there is none.
  std::function<bool(const std::string& question)> confirm{};
};

/// The program behind main(): `words` are its arguments without the program's
/// name.
exit_status run_program(std::span<const std::string> words,
                        const surroundings& around);

} // namespace hiisi::cli
