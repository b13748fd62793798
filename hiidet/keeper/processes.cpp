#include "hiidet/keeper/keeper.hpp"

#include <linux/sched.h>
#include <sys/vfs.h>
#include <sys/wait.h>

namespace hiisi::keeper {
namespace {

constexpr uint64_t start_deadline_ms = 10'000;
constexpr int look_every_ms = 1000;
/// Descriptors kept free for what is opened for a moment.
constexpr rlim_t spare_descriptors = 16;
constexpr long pidfs_magic = 0x50494446;
/// How often in a row a scan that could not place all is done again, and how
/// soon; then what cannot be placed is taken for a stranger.
constexpr int max_unsure_scans = 20;
constexpr int scan_again_ms = 50;

/// How many are released and not yet at execve.
int starting = 0;
int unsure_scans = 0;

bool has_failed(const slot& one) {
  return one.facts.how_far == phase::empty && one.facts.at != stage::none;
}

void enter(slot& one, phase next) {
  starting
      += (next == phase::starting) - (one.facts.how_far == phase::starting);
  one.facts.how_far = next;
  if (next == phase::empty)
    one.facts.flags |= wire::flag_tree_empty;
  has_news[index_of(one)] = true;
}

// -- spawn --------------------------------------------------------------------

bool is_launch_block(int fd) {
  constexpr int sealed
      = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
  const int seals = fcntl(fd, F_GET_SEALS);
  struct stat file {};
  return seals >= 0 && (seals & sealed) == sealed && fstat(fd, &file) == 0
         && file.st_size >= static_cast<off_t>(sizeof(wire::launch_header))
         && file.st_size <= static_cast<off_t>(wire::max_launch_bytes);
}

void learn_identity(wire::message& facts, int pidfd) {
  struct stat file {};
  struct statfs system {};
  proc_stat seen;
  if (fstatfs(pidfd, &system) == 0 && system.f_type == pidfs_magic
      && fstat(pidfd, &file) == 0)
    facts.pidfs_inode = file.st_ino;
  else if (read_stat(facts.pid, seen))
    facts.start_ticks = seen.start_ticks;
}

/// Forks the child into the slot. False with errno.
bool fork_child(slot& one, int block, int leaf) {
  int ends[2];
  int pidfd = -1;
  long pid = -1;
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return false;
  one.fd = ends[0];
  one.facts.started_at = now_ns(CLOCK_BOOTTIME);
  clone_args how{};
  how.flags
      = CLONE_PIDFD | CLONE_CLEAR_SIGHAND | (leaf >= 0 ? CLONE_INTO_CGROUP : 0);
  how.pidfd = reinterpret_cast<uintptr_t>(&pidfd);
  how.exit_signal = SIGCHLD;
  how.cgroup = static_cast<uint64_t>(leaf);
  errno = EMFILE;
  if (static_cast<rlim_t>(ends[1])
          < given.own_files.rlim_cur - spare_descriptors
      && watch(one.fd, index_of(one), 0))
    pid = syscall(SYS_clone3, &how, sizeof how);
  if (pid == 0)
    run_child(ends[1], block, one.facts);
  close(ends[1]);
  if (pid < 0)
    return false;
  one.facts.pid = pids[index_of(one)] = static_cast<int32_t>(pid);
  learn_identity(one.facts, pidfd);
  // None is kept, since the number is not given away before we reap it: the
  // fewer descriptors there are, the cheaper is each fork.
  close(pidfd);
  return true;
}

/// Says where a start failed, with errno, or none.
stage start(slot& one, int block) {
  errno = EINVAL;
  if (!is_launch_block(block))
    return stage::launch_block;
  const int leaf = have_cgroups() ? open_leaf(one) : -1;
  if (have_cgroups() && leaf < 0)
    return stage::cgroup;
  const bool forked = fork_child(one, block, leaf);
  close(leaf);
  return forked ? stage::none : stage::fork;
}

int spawn(const wire::message& request, int block) {
  if (request.id == 0 || request.uid == static_cast<uid_t>(-1))
    return EINVAL;
  if (!given.root && request.uid != geteuid())
    return EPERM;
  if (find(ids, request.id) != nullptr)
    return EBUSY;
  const auto free
      = static_cast<uint32_t>(std::find(ids, ids + wire::max_slots, 0U) - ids);
  if (free == wire::max_slots)
    return ENOSPC;
  slots_end = std::max(slots_end, free + 1);
  ++slots_used;
  ids[free] = request.id;
  auto& one = slots[free];
  one.facts.id = request.id;
  one.facts.run = request.run;
  one.facts.uid = request.uid;
  one.fd = -1;
  one.facts.at = start(one, block);
  if (one.facts.at != stage::none) {
    one.facts.error = errno;
    one.told = phase::gated; // there is no `spawned` to tell first
  }
  enter(one, one.facts.at == stage::none ? phase::gated : phase::empty);
  return 0;
}

// -- ends ---------------------------------------------------------------------

/// waitid(2) with the rusage that glibc's leaves out; false when none waits.
bool wait_for(int which, int32_t pid, int options, siginfo_t& seen,
              rusage& usage) {
  seen.si_pid = 0;
  return syscall(SYS_waitid, which, pid, &seen, options | WEXITED, &usage) == 0
         && seen.si_pid != 0;
}

/// Takes a dead or dying child out of the process table.
void reap(int32_t& pid) {
  siginfo_t seen{};
  rusage usage{};
  wait_for(P_PID, pid, 0, seen, usage);
  pid = 0;
}

/// The child's end of the channel is closed, or it is dead: all that it has
/// said can be read.
void on_channel(slot& one) {
  auto& facts = one.facts;
  child_report said{};
  while (recv(one.fd, &said, sizeof said, MSG_DONTWAIT) == sizeof said) {
    if (facts.at == stage::deadline)
      continue;
    facts.at = said.at;
    facts.error = said.error;
  }
  unwatch(one.fd);
  if (facts.at != stage::execute || facts.error != 0)
    return;
  facts.at = stage::none;
  enter(one, phase::running);
}

/// The slot's first process is a zombie.
void first_ended(slot& one, const siginfo_t& seen, const rusage& usage) {
  const auto microseconds = [](const timeval& time) {
    return static_cast<uint64_t>(time.tv_sec) * 1'000'000U
           + static_cast<uint64_t>(time.tv_usec);
  };
  auto& facts = one.facts;
  facts.ended_at = now_ns(CLOCK_BOOTTIME);
  facts.status = seen.si_code == CLD_EXITED   ? (seen.si_status & 0xff) << 8
                 : seen.si_code == CLD_DUMPED ? seen.si_status | 0x80
                                              : seen.si_status;
  facts.user_us = microseconds(usage.ru_utime);
  facts.system_us = microseconds(usage.ru_stime);
  facts.max_rss_kib = static_cast<uint64_t>(usage.ru_maxrss);
  if (one.fd >= 0)
    on_channel(one);
  const bool ran = facts.how_far == phase::running;
  if (!ran && facts.at == stage::none) {
    facts.at = facts.how_far == phase::gated ? stage::gate : stage::execute;
    facts.error = seen.si_code == CLD_EXITED ? ECANCELED : EINTR;
  }
  enter(one, phase::ended);
  // Without cgroups the zombie keeps its number, which is the session's and
  // group's, from being given away while others may still bear it.
  if (ran && !have_cgroups())
    return;
  reap(pids[index_of(one)]);
  if (ran)
    one.fd = watch_leaf(one);
  if (one.fd < 0)
    enter(one, phase::empty);
}

/// Without cgroups: finds out which trees have nothing alive any more.
void settle() {
  unsure_scans
      = scan() || unsure_scans == max_unsure_scans ? 0 : unsure_scans + 1;
  for (auto* one = slots; one < slots + slots_end; ++one) {
    if (one->facts.how_far != phase::ended || one->alive || unsure_scans > 0)
      continue;
    reap(pids[index_of(*one)]);
    enter(*one, phase::empty);
  }
}

} // namespace

int handle(const wire::message& request, int attached) {
  if (request.what == kind::hello) {
    if (request.value != wire::version)
      return EPROTO;
    greet((have_cgroups() ? wire::flag_cgroups : 0)
          | (given.root ? wire::flag_root : 0));
    return 0;
  }
  if (request.what == kind::spawn)
    return spawn(request, attached);
  if (request.what < kind::hello || request.what > kind::acknowledge
      || (request.what == kind::signal
          && (request.signal < 1 || request.signal > 64)))
    return EINVAL;
  auto* one = find(ids, request.id);
  // What has failed to start is gone, though it may not have been told yet.
  if (one == nullptr || one->facts.run != request.run || has_failed(*one))
    return ESRCH;
  const auto how_far = one->facts.how_far;
  if ((request.what == kind::release && how_far != phase::gated)
      || (request.what == kind::signal && how_far == phase::gated)
      || (request.what == kind::acknowledge && how_far != phase::empty))
    return EBUSY;
  if (request.what == kind::acknowledge) {
    forget(*one);
  } else if (request.what == kind::release) {
    one->deadline = now_ms() + start_deadline_ms;
    enter(*one, phase::starting);
    send(one->fd, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
  } else if (how_far != phase::empty) {
    if (request.what == kind::kill)
      kill_tree(*one);
    else
      signal_tree(*one, static_cast<int>(request.signal));
  }
  return 0;
}

void on_slot(slot& one) {
  if (one.fd < 0)
    return;
  if (one.facts.how_far != phase::ended)
    return on_channel(one);
  if (is_populated(one.fd))
    return;
  unwatch(one.fd);
  enter(one, phase::empty);
}

bool see_end(int which, int32_t pid) {
  siginfo_t seen{};
  rusage usage{};
  if (!wait_for(which, pid, WNOWAIT | WNOHANG, seen, usage))
    return false;
  pid = static_cast<uint32_t>(seen.si_pid);
  auto* one = find(pids, pid);
  if (one == nullptr)
    reap(seen.si_pid);
  else if (one->facts.how_far != phase::ended)
    first_ended(*one, seen, usage);
  return true;
}

void on_child_signal() {
  if (!have_cgroups())
    return settle();
  while (see_end(P_ALL, 0))
    continue;
}

int look_after() {
  static uint64_t next = 0;
  const auto now = now_ms();
  if (starting == 0 && unsure_scans == 0)
    return -1;
  if (now >= next) {
    if (unsure_scans > 0)
      settle();
    for (auto* one = slots; starting > 0 && one < slots + slots_end; ++one) {
      if (one->facts.how_far != phase::starting || one->deadline > now
          || one->facts.at != stage::none)
        continue;
      one->facts.at = stage::deadline;
      one->facts.error = ETIMEDOUT;
      kill_tree(*one);
    }
    next = now + (unsure_scans > 0 ? scan_again_ms : look_every_ms);
  }
  return static_cast<int>(next - now);
}

void drop_gated() {
  for (auto* one = slots; one < slots + slots_end; ++one) {
    if (one->facts.how_far != phase::gated)
      continue;
    signal_process(pids[index_of(*one)], SIGKILL);
    reap(pids[index_of(*one)]);
    forget(*one);
  }
}

void forget(slot& one) {
  unwatch(one.fd);
  if (have_cgroups())
    remove_leaf(one);
  ids[index_of(one)] = 0;
  has_news[index_of(one)] = false;
  one = {};
  --slots_used;
}

} // namespace hiisi::keeper
