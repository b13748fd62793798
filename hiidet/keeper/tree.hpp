#pragma once

#include "hiidet/keeper/slots.hpp"

namespace hiisi::keeper {

/// Which processes belong to which slot where there are no cgroups: those in
/// the session or group of its first process, their descendants, and orphans
/// of ours whose environment bears the slot's HIISI_RUN. What leaves all
/// three, by its own session, a parent that ends and a cleaned environment,
/// is lost; only a cgroup holds that.
///
/// One pass over /proc, into a static table; slot::alive is counted anew.
void scan_processes();
/// The last scan no longer serves: events have happened since.
void outdate_scan();

/// Calls `act` for each child of ours that the last scan saw as a zombie.
void for_each_zombie_child(void (*act)(int32_t pid));

/// Signals the slot's processes, but for the first, scanning if need be.
void signal_scanned(slot& one, int number);
/// Kills the slot's processes, again until a scan sees none alive.
void kill_scanned(slot& one);

} // namespace hiisi::keeper
