#pragma once

#include "protocol/result.hpp"

#include <cstdint>
#include <span>

namespace hiisi::os {

/// Makes this process another user's for good: supplementary groups, then gid,
/// then uid (real, effective and saved), then no capability in any set. Each
/// step is checked, and at the end it is proved that root cannot be had back.
/// To be called before any thread is started: the C library changes the ids of
/// every thread, but the proof is made in this one alone. After an error the
/// process is half one user and half another and must end.
///
/// The kernel makes the process undumpable (PR_SET_DUMPABLE 0, or what
/// fs.suid_dumpable says) as its uid changes, and that is left so: no core file
/// and no debugger of the same user shows what the users of Hiisi entrusted to
/// it. Called without being root it succeeds only if nothing is to be changed.
/// Errors: `not_permitted` (a step failed), `internal` (the proof did).
protocol::result<void> drop_to(uint32_t uid, uint32_t gid,
                               std::span<const uint32_t> groups);

} // namespace hiisi::os
