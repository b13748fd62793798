#pragma once

#include "hiidet/keeper/slots.hpp"

namespace hiisi::keeper {

/// Does what the daemon asks. `attached` is the descriptor that came with a
/// `spawn`, the caller's to close. Returns an errno to refuse with, or 0.
[[nodiscard]] int handle(const wire::message& request, int attached);

/// The child of the slot has said something or closed its end.
void on_channel(slot& one);
/// A cgroup of the slot's may have become empty.
void on_cgroup_events(slot& one);
/// Children have ended: ours, or orphans that came to us.
void on_child_signal();

/// Kills what has not reached execve in time. Returns the milliseconds until
/// the next deadline, or -1 when nothing is starting.
[[nodiscard]] int check_deadlines();

/// Ends every process whose gate the daemon, now gone, has not opened.
void drop_gated();
/// Frees a slot and all that belongs to it.
void forget(slot& one);

} // namespace hiisi::keeper
