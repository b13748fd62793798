#pragma once

#include "logs/descriptor.hpp"

namespace hiisi::logger {

/// A pseudo-terminal of 80 columns and 24 lines that writes newlines as they
/// are.
struct terminal {
  /// What is written to the terminal is read here.
  logs::descriptor master;
  /// What the program writes to.
  logs::descriptor slave;
};

/// Makes one and has it be the controlling terminal of the caller, who leads a
/// session without any. Nothing, with errno, where the kernel has none left.
[[nodiscard]] terminal open_terminal();

/// Whether a session still has the terminal behind this master.
[[nodiscard]] bool has_session(int master);

} // namespace hiisi::logger
