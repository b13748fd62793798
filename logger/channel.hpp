#pragma once

#include "logs/descriptor.hpp"

#include <array>
#include <optional>

namespace hiisi::logger {

/// What a program hands to its logger: the reading ends of its output. Of one
/// with a terminal the second is none.
struct outputs {
  logs::descriptor standard_output;
  logs::descriptor standard_error;
};

/// Hands them over by the socket `channel` and waits until they have been
/// taken. False where there is nobody at the other end.
[[nodiscard]] bool hand_over(int channel, const outputs& what);

/// Waits until they are handed over, takes them and says so. Nothing where the
/// other end is gone: its program was not started.
[[nodiscard]] std::optional<outputs> take_over(int channel);

} // namespace hiisi::logger
