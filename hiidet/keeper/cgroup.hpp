#pragma once

#include "hiidet/keeper/slots.hpp"

namespace hiisi::keeper {

/// Finds where leaves can be made: inside our own cgroup where systemd has
/// delegated it; else, for root, under the mount's root; else, for a user, in
/// our own cgroup if it is writable. `name` "none" turns cgroups off.
void find_cgroups(const char* name);
[[nodiscard]] bool have_cgroups();

/// Makes `<name>/<uid>/<id>` for the slot and opens it; -1 with errno, EBUSY
/// where processes of an earlier keeper's still live in it.
[[nodiscard]] int open_leaf(slot& one);
/// Removes the leaf, and the directories above it that are empty.
void remove_leaf(const slot& one);

/// Signals every process in the leaf but the slot's first.
void signal_leaf(const slot& one, int number);
/// Kills every process in the leaf and below.
void kill_leaf(const slot& one);

/// The leaf's cgroup.events, watched, or -1 when the leaf is empty.
[[nodiscard]] int watch_leaf(const slot& one);
[[nodiscard]] bool is_populated(int events);

} // namespace hiisi::keeper
