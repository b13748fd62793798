#pragma once

#include "actors/core/process_machine.hpp"
#include "actors/core/ron/value.hpp"

namespace hiisi::core {

/// A process as its machine has it, for those who look into the daemon: without
/// its environment, its arguments and its directory. More may be added.
[[nodiscard]] ron::struct_builder portrait_of(const process_machine& machine);

} // namespace hiisi::core
