#pragma once

#include "protocol/keeper_wire.hpp"

#include <cstddef>
#include <cstdint>

namespace hiisi::keeper {

namespace wire = keeper_wire;

/// What the daemon has not been told of a slot yet, as bits, sent from the
/// lowest to the highest. There is no queue: a daemon that does not read
/// loses nothing, since what is unsent is kept here.
enum news : uint8_t {
  news_slot = 1,
  news_spawned = 2,
  news_started = 4,
  news_exited = 8,
  news_emptied = 16,
  news_failed = 32,
};

/// One process of ours and its tree. A free slot is all zero, so that the
/// table costs no memory where it was never used.
struct slot {
  /// What the daemon is told, but for `what`; `how_far` is none when free.
  wire::message facts;
  int pidfd;
  /// Our end of the gate, on which the child reports too; -1 once it has
  /// reached execve or ended.
  int channel;
  /// The leaf's cgroup.events, watched while it outlives its first process.
  int events;
  /// When it must have reached execve, in milliseconds of monotonic_ms().
  uint64_t deadline;
  /// How many processes of its tree the last scan of /proc saw alive.
  uint32_t alive;
  /// The list of slots with news, as index + 1.
  uint32_t next_listed;
  uint32_t previous_listed;
  uint8_t unsent;
  bool listed;
  /// Killed because of its deadline.
  bool overdue;
  /// Its first process is left a zombie, so that its number, which names the
  /// session and group, cannot be given away while others still bear it.
  bool held;
};

[[nodiscard]] slot& slot_at(uint32_t index);
[[nodiscard]] uint32_t index_of(const slot& one);
/// How many slots are in use.
[[nodiscard]] uint32_t slots_used();
/// No slot at or above this index has ever been used.
[[nodiscard]] uint32_t slots_touched();

/// A cleared slot for `id`, or nullptr when all are in use.
[[nodiscard]] slot* take_slot(uint32_t id);
/// Makes the slot free. Its descriptors must have been closed.
void return_slot(slot& one);

[[nodiscard]] slot* find_id(uint32_t id);
/// The slot whose first process has this number, unless it has been reaped.
[[nodiscard]] slot* find_pid(int32_t pid);
void enter_pid(slot& one);
void leave_pid(slot& one);

} // namespace hiisi::keeper
