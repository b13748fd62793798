#pragma once

#include "protocol/result.hpp"

namespace hiisi::hiidet {

/// From now on this thread and all that it starts have the system calls that a
/// running hiidet needs, and no other: it can execute nothing, make no process,
/// look into none, become nobody, and gain no privilege (no_new_privs). There
/// is no way back. Children inherit it, so the keeper is started before.
///
/// What is not allowed fails with EPERM, and the kernel writes it to the audit
/// log where it can. To kill would be safer in theory only: the call has no
/// effect either way, but one that a new C library makes on some rare path, or
/// a module of the name services, would take the daemon from everybody, again
/// and again.
///
/// Errors: `unavailable` where the kernel has no seccomp or does not let us.
[[nodiscard]] protocol::result<void> restrict_system_calls();

} // namespace hiisi::hiidet
