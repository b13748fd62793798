#include "hiidet/keeper/keeper.hpp"

#include <linux/sched.h>
#include <sys/ioctl.h>

namespace hiisi::keeper {
namespace {

/// struct pidfd_info of <linux/pidfd.h>, Linux 6.13. Since 6.15 the last is
/// there once the process has been reaped, if it is asked for.
struct process_info {
  uint64_t mask;
  uint32_t others[13];
  int32_t exit_code;
};
constexpr auto get_info = _IOWR(0xff, 11, process_info);
constexpr uint64_t info_exit = 8;

uint64_t now() {
  timespec time{};
  clock_gettime(CLOCK_BOOTTIME, &time);
  return static_cast<uint64_t>(time.tv_sec * 1'000'000'000 + time.tv_nsec);
}

// -- beginnings ---------------------------------------------------------------

/// Forks the child into the slot, and says where that failed, with errno.
stage fork_child(slot& one, int block, int gate) {
  const int leaf = given.cgroup != nullptr ? open_leaf(one) : -1;
  if (given.cgroup != nullptr && leaf < 0)
    return stage::cgroup;
  clone_args how{};
  how.flags = CLONE_CLEAR_SIGHAND | (leaf < 0 ? 0 : CLONE_INTO_CGROUP);
  how.exit_signal = SIGCHLD;
  how.cgroup = static_cast<uint64_t>(leaf);
  one.facts.started_at = births[index_of(one)] = now();
  const auto pid = static_cast<int32_t>(syscall(SYS_clone3, &how, sizeof how));
  if (pid == 0)
    run_child(block, gate, one.facts);
  HIISI_CRASH_POINT("keeper.forked");
  close(leaf);
  one.facts.pid = pids[index_of(one)] = std::max(pid, 0);
  return pid < 0 ? stage::fork : stage::none;
}

// -- ends ---------------------------------------------------------------------

/// The first process has ended, and nothing watches its tree. Without cgroups
/// that is no news before the next scan.
void settle(slot& one) {
  const auto was = one.facts.how_far;
  const bool leaves = given.cgroup != nullptr;
  one.fd = leaves ? watch_leaf(one) : -1;
  pids[index_of(one)] = leaves ? 0 : pids[index_of(one)];
  one.facts.how_far = leaves && one.fd < 0 ? phase::empty : phase::ended;
  has_news[index_of(one)] |= leaves && one.facts.how_far != was;
  to_scan |= !leaves;
}

void first_ended(slot& one, int status, const rusage& usage) {
  HIISI_CRASH_POINT("keeper.reaped");
  auto& facts = one.facts;
  facts.ended_at = now();
  facts.status = status;
  facts.user_us = usage.ru_utime.tv_sec * 1'000'000 + usage.ru_utime.tv_usec;
  facts.system_us = usage.ru_stime.tv_sec * 1'000'000 + usage.ru_stime.tv_usec;
  facts.max_rss_kib = usage.ru_maxrss;
  settle(one);
}

// -- requests -----------------------------------------------------------------

void forget(slot& one) {
  unwatch(one.fd);
  if (given.cgroup != nullptr)
    remove_leaf(one);
  ids[index_of(one)] = has_news[index_of(one)] = false;
  one = {};
}

/// Finds a slot for a request that brings a process.
int claim(const wire::message& request, slot*& one) {
  const auto free
      = static_cast<uint32_t>(std::find(ids, ids + wire::max_slots, 0U) - ids);
  const int error = request.id == 0 || request.uid == static_cast<uid_t>(-1)
                        ? EINVAL
                    : geteuid() != 0 && request.uid != geteuid() ? EPERM
                    : find(ids, request.id) != nullptr           ? EBUSY
                    : free == wire::max_slots                    ? ENOSPC
                                                                 : 0;
  if (error != 0)
    return error;
  slots_end = std::max(slots_end, free + 1);
  ids[free] = request.id;
  *(one = slots + free) = {request, -1, 0};
  return 0;
}

int spawn(wire::message& request, const int* attached) {
  slot* one = nullptr;
  // Of root's 0 there is nothing below.
  const bool system = geteuid() == 0 && request.uid - 1 < given.least_uid - 1;
  if (const int error = system ? EPERM : claim(request, one))
    return error;
  request.at = fork_child(*one, attached[0], attached[1]);
  const int error = errno;
  if (request.at == stage::none)
    enter(*one, phase::running);
  else
    forget(*one);
  return request.at == stage::none ? 0 : error;
}

int take(const wire::message& request, int& process) {
  slot* one = nullptr;
  if (const int error = claim(request, one))
    return error;
  births[index_of(*one)] = request.started_at;
  struct stat file {};
  const bool meant
      = fstat(process, &file) == 0
        && (request.pidfs_inode == 0 || request.pidfs_inode == file.st_ino);
  // Where it is gone, its session may still live; another has its number now.
  pids[index_of(*one)] = meant || process < 0 ? request.pid : 0;
  one->facts.how_far = phase::none;
  // Where it can be asked how it ended, that is once it has been reaped.
  process_info info{};
  const bool told = ioctl(process, get_info, &info) == 0;
  if (request.how_far == phase::ended)
    settle(*one);
  else if (meant && watch(process, index_of(*one), told ? 0U : EPOLLIN)) {
    std::swap(one->fd, process);
    enter(*one, phase::running);
  } else {
    one->facts.flags = wire::flag_status_unknown;
    first_ended(*one, 0, {});
  }
  return 0;
}

int hold(uint32_t id, int* attached, size_t count) {
  shelf* mine = nullptr;
  for (auto& one : shelves)
    if (one.id == id || (one.id == 0 && mine == nullptr))
      mine = &one;
  if (mine == nullptr)
    return ENOSPC;
  for (uint32_t i = 0; i < mine->count; ++i)
    close(mine->fds[i]);
  *mine = {count == 0 ? 0 : id, static_cast<uint32_t>(count), {}};
  for (size_t i = 0; i < count; ++i)
    mine->fds[i] = std::exchange(attached[i], -1);
  return 0;
}

} // namespace

void enter(slot& one, phase next) {
  one.facts.how_far = next;
  has_news[index_of(one)] = true;
}

int handle(wire::message& request, int* attached, size_t count) {
  const auto what = request.what;
  if (what == kind::spawn && count == 2)
    return spawn(request, attached);
  if (what == kind::take && count <= 1)
    return take(request, *attached);
  if (what == kind::hold && request.id != 0)
    return hold(request.id, attached, count);
  if (what == kind::hello && count == 0)
    return greet(request.value);
  if (count != 0 || what < kind::signal || what > kind::acknowledge
      || (what == kind::signal && request.signal - 1 >= 64))
    return EINVAL;
  auto* one = find(ids, request.id);
  // What an earlier keeper made a leaf for and did not live to start.
  if (one == nullptr && what == kind::kill && given.cgroup != nullptr)
    remove_leaf({request, -1, 0});
  if (one == nullptr || one->facts.run != request.run)
    return ESRCH;
  const bool gone = one->facts.how_far == phase::empty;
  if (what != kind::acknowledge && !gone) {
    one->facts.signal = what == kind::kill ? SIGKILL : request.signal;
    signal_tree(*one);
  }
  if (what == kind::acknowledge && gone)
    forget(*one);
  return what == kind::acknowledge && !gone ? EBUSY : 0;
}

void on_slot(slot& one) {
  if (one.facts.id == 0 || one.fd < 0)
    return;
  process_info info{info_exit, {}, 0};
  const bool told
      = ioctl(one.fd, get_info, &info) == 0 && (info.mask & info_exit) != 0;
  unwatch(one.fd);
  if (one.facts.how_far == phase::ended)
    return settle(one);
  one.facts.flags = told ? 0 : wire::flag_status_unknown;
  first_ended(one, told ? info.exit_code : 0, {});
}

void on_child_signal() {
  rusage usage{};
  for (int pid, status; (pid = wait4(-1, &status, WNOHANG, &usage)) > 0;) {
    // Others are orphans that came to us.
    auto* one = find(pids, pid);
    if (one != nullptr && one->facts.how_far == phase::running)
      first_ended(*one, status, usage);
  }
}

} // namespace hiisi::keeper
