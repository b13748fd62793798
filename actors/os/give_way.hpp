#pragma once

namespace hiisi::os {

/// From now on the calling thread takes no core from another of ours when it is
/// woken: it waits for an idle one, or for its share (SCHED_BATCH, sched(7)).
/// For what writes behind: a start must not wait on its way to the keeper
/// until a record is written, where another core could write that. Without
/// leave to do so nothing changes.
void give_way() noexcept;

} // namespace hiisi::os
