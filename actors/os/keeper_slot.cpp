#include "actors/os/keeper_slot.hpp"

#include "actors/core/exit_status.hpp"
#include "actors/os/clock.hpp"
#include "actors/os/leaf_files.hpp"
#include "actors/os/process_cgroup.hpp"

#include <chrono>
#include <csignal>

namespace hiisi::os {

namespace wire = keeper_wire;

core::child_facts facts_of(const wire::message& slot,
                           const std::string* leaves) {
  uint64_t cgroup = 0;
  // To tell in which cgroup a process is the kernel locks all of them, so it is
  // asked only where the keeper hides where it makes them.
  if (leaves != nullptr)
    cgroup = leaves->empty() ? own_cgroup_of(slot.pid, slot.uid, slot.id)
                             : cgroup_of_leaf(*leaves, slot.uid, slot.id);
  return {slot.pid, slot.pidfs_inode, slot.start_ticks,
          core::boot_time{slot.started_at}, cgroup};
}

core::child_end end_of(const wire::message& slot, const std::string* leaves) {
  core::child_end end{
      core::exit_from_wait_status(slot.status,
                                  (slot.flags & wire::flag_status_unknown) != 0,
                                  wall_at(core::boot_time{slot.ended_at})),
      core::boot_time{slot.ended_at}, slot.how_far == wire::phase::empty};
  if (leaves != nullptr && end.exit.how == protocol::exit_info::kind::signaled
      && end.exit.value == SIGKILL)
    end.memory = memory_of_leaf(*leaves, slot.uid, slot.id);
  return end;
}

std::optional<protocol::resource_use> use_of(const wire::message& slot) {
  if (slot.ended_at == 0 || (slot.flags & wire::flag_status_unknown) != 0)
    return std::nullopt;
  return protocol::resource_use{std::chrono::microseconds{slot.user_us},
                                std::chrono::microseconds{slot.system_us},
                                static_cast<uint64_t>(slot.max_rss_kib) * 1024};
}

wire::message slot_of(const core::live_record& live) {
  wire::message m;
  m.id = live.id;
  m.run = live.run;
  m.uid = live.uid;
  m.pid = live.pid;
  m.pidfs_inode = live.pidfs_inode;
  m.start_ticks = live.start_ticks;
  m.started_at = static_cast<uint64_t>(live.started_at.count());
  m.how_far = wire::phase::running;
  return m;
}

} // namespace hiisi::os
