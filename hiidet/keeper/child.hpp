#pragma once

#include "protocol/keeper_wire.hpp"

namespace hiisi::keeper {

/// What the child says on its channel when it cannot go on.
struct child_report {
  keeper_wire::stage at;
  int32_t error;
};

struct child_start {
  int channel; ///< the gate, and the way to report
  int block;   ///< the launch block
  uint32_t id;
  uint32_t run;
  uint32_t uid;
};

/// The forked child's whole life: reads the launch block, waits at the gate,
/// becomes the user, then touches the user's world, then execve. It has the
/// keeper's privileges until it drops them and shares nothing with it but the
/// channel. To the environment it adds HIISI_ID=<id> and
/// HIISI_RUN=<id>.<run>.<nonce>, the label that tree.hpp speaks of.
[[noreturn]] void run_child(const child_start& start);

} // namespace hiisi::keeper
