#include "hiidet/keeper/keeper.hpp"

#include <cerrno>
#include <csignal>
#include <ctime>

#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

namespace hiisi::keeper {
namespace {

constexpr uint64_t start_deadline_ms = 10'000;
constexpr int look_every_ms = 1000;
/// Descriptors kept free for what is opened for a moment.
constexpr rlim_t spare_descriptors = 16;
constexpr long pidfs_magic = 0x50494446;

/// How many are released and not yet at execve, and when to look at them.
uint32_t starting = 0;
uint64_t next_look = 0;
/// How often in a row a scan could not place all, and when to try again.
int unsure_scans = 0;
uint64_t next_settling = 0;
constexpr int max_unsure_scans = 20;
constexpr int settle_again_ms = 50;
/// Slots that are `held`.
uint32_t held = 0;

uint64_t boot_ns() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000U
         + static_cast<uint64_t>(now.tv_nsec);
}

void enter_phase(slot& one, wire::phase next) {
  if (one.facts.how_far == wire::phase::starting)
    --starting;
  if (next == wire::phase::starting)
    ++starting;
  one.facts.how_far = next;
  if (next == wire::phase::empty)
    one.facts.flags |= wire::flag_tree_empty;
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

/// Forks the child into the slot. Zero, or an errno.
int fork_child(slot& one, int block, int leaf) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return errno;
  one.channel = ends[0];
  one.facts.started_at = boot_ns();
  clone_args how{};
  how.flags
      = CLONE_PIDFD | CLONE_CLEAR_SIGHAND | (leaf >= 0 ? CLONE_INTO_CGROUP : 0);
  how.pidfd = reinterpret_cast<uintptr_t>(&one.pidfd);
  how.exit_signal = SIGCHLD;
  how.cgroup = static_cast<uint64_t>(leaf);
  const auto full = given.own_files.rlim_cur - spare_descriptors;
  long pid = -1;
  errno = EMFILE;
  if (static_cast<rlim_t>(ends[1]) < full
      && watch(one.channel, source::channel, EPOLLIN, index_of(one)))
    pid = syscall(SYS_clone3, &how, sizeof how);
  if (pid == 0)
    run_child({ends[1], block, one.facts.id, one.facts.run, one.facts.uid});
  const int error = pid < 0 ? errno : 0;
  close(ends[1]);
  if (error == 0) {
    one.facts.pid = static_cast<int32_t>(pid);
    enter_pid(one);
    enter_phase(one, wire::phase::gated);
  }
  return error;
}

void learn_identity(slot& one) {
  struct stat file {};
  struct statfs system {};
  if (fstatfs(one.pidfd, &system) == 0 && system.f_type == pidfs_magic
      && fstat(one.pidfd, &file) == 0)
    one.facts.pidfs_inode = file.st_ino;
  // To read /proc takes longer than all else here.
  proc_stat seen;
  if (one.facts.pidfs_inode == 0 && read_stat(one.facts.pid, seen))
    one.facts.start_ticks = seen.start_ticks;
}

int spawn(const wire::message& request, int block) {
  if (request.uid == static_cast<uid_t>(-1))
    return EINVAL;
  if (!given.root && request.uid != geteuid())
    return EPERM;
  if (find_id(request.id) != nullptr)
    return EBUSY;
  wire::message failed{wire::kind::start_failed, request.id, request.run};
  failed.at = wire::stage::launch_block;
  failed.error = EINVAL;
  if (!is_launch_block(block)) {
    answer(failed);
    return 0;
  }
  auto* one = take_slot(request.id);
  if (one == nullptr)
    return ENOSPC;
  one->facts.run = request.run;
  one->facts.uid = request.uid;
  const int leaf = have_cgroups() ? open_leaf(*one) : -1;
  if (have_cgroups() && leaf < 0) {
    failed.at = wire::stage::cgroup;
    failed.error = errno;
  } else {
    failed.at = wire::stage::fork;
    failed.error = fork_child(*one, block, leaf);
    close(leaf);
  }
  if (failed.error == 0) {
    learn_identity(*one);
    tell(*one, news_spawned);
    return 0;
  }
  forget(*one);
  answer(failed);
  return 0;
}

// -- signals ------------------------------------------------------------------

void signal_tree(slot& one, int number) {
  if (one.pidfd >= 0)
    send_signal(one.pidfd, number);
  if (have_cgroups())
    signal_leaf(one, number);
  else
    signal_scanned(one, number);
}

void kill_tree(slot& one) {
  if (one.pidfd >= 0)
    send_signal(one.pidfd, SIGKILL);
  one.killed = true;
  if (have_cgroups())
    kill_leaf(one);
  else
    kill_scanned(one);
}

// -- ends ---------------------------------------------------------------------

/// waitid(2) with the rusage that glibc's leaves out; false when none waits.
bool wait_for(idtype_t kind, int32_t pid, int options, siginfo_t& seen,
              rusage& usage) {
  seen.si_pid = 0;
  return syscall(SYS_waitid, kind, pid, &seen, options | WEXITED | WNOHANG,
                 &usage)
             == 0
         && seen.si_pid != 0;
}

/// Takes an ended child out of the process table.
void reap(int32_t pid) {
  siginfo_t seen{};
  rusage usage{};
  (void)wait_for(P_PID, pid, 0, seen, usage);
}

/// Reaps the slot's first process, whose number means nothing from here on.
void reap_first(slot& one) {
  reap(one.facts.pid);
  leave_pid(one);
  unwatch(one.pidfd);
  held -= one.held ? 1 : 0;
  one.held = false;
}

void start_failed(slot& one, const siginfo_t& seen) {
  if (one.overdue) {
    one.facts.at = wire::stage::deadline;
    one.facts.error = ETIMEDOUT;
  } else if (one.facts.at == wire::stage::none) {
    one.facts.at = one.facts.how_far == wire::phase::gated
                       ? wire::stage::gate
                       : wire::stage::execute;
    one.facts.error = seen.si_code == CLD_EXITED ? ECANCELED : EINTR;
  }
  reap_first(one);
  enter_phase(one, wire::phase::empty);
  tell(one, news_failed);
}

/// The first process of the slot is a zombie.
void first_ended(slot& one, const siginfo_t& seen, const rusage& usage) {
  const auto microseconds = [](const timeval& time) {
    return static_cast<uint64_t>(time.tv_sec) * 1'000'000U
           + static_cast<uint64_t>(time.tv_usec);
  };
  auto& facts = one.facts;
  facts.ended_at = boot_ns();
  facts.status = seen.si_code == CLD_EXITED   ? (seen.si_status & 0xff) << 8
                 : seen.si_code == CLD_DUMPED ? seen.si_status | 0x80
                                              : seen.si_status;
  facts.user_us = microseconds(usage.ru_utime);
  facts.system_us = microseconds(usage.ru_stime);
  facts.max_rss_kib = static_cast<uint64_t>(usage.ru_maxrss);
  on_channel(one);
  unwatch(one.channel);
  if (facts.how_far != wire::phase::running)
    return start_failed(one, seen);
  if (!have_cgroups()) {
    one.held = true;
    ++held;
    return;
  }
  reap_first(one);
  one.events = watch_leaf(one);
  enter_phase(one, one.events < 0 ? wire::phase::empty : wire::phase::ended);
  tell(one, news_exited);
}

/// Without cgroups: looks at every process once, reaps what is ours, and
/// finds out which held slots have nothing alive any more.
void settle_by_scan() {
  const bool sure = scan_processes() || unsure_scans == max_unsure_scans;
  unsure_scans = sure ? 0 : unsure_scans + 1;
  next_settling = sure ? 0 : monotonic_ms() + settle_again_ms;
  for_each_zombie_child([](int32_t pid) {
    siginfo_t seen{};
    rusage usage{};
    auto* one = find_pid(pid);
    if (one == nullptr)
      reap(pid);
    else if (!one->held && wait_for(P_PID, pid, WNOWAIT, seen, usage))
      first_ended(*one, seen, usage);
  });
  for (uint32_t i = 0; held > 0 && i < slots_touched(); ++i) {
    auto& one = slot_at(i);
    if (!one.held)
      continue;
    const auto before = one.facts.how_far;
    if (one.alive == 0 && sure)
      reap_first(one);
    else if (one.killed)
      signal_scanned(one, SIGKILL);
    const auto now = one.held ? wire::phase::ended : wire::phase::empty;
    if (now == before)
      continue;
    enter_phase(one, now);
    tell(one, before == wire::phase::running ? news_exited : news_emptied);
  }
}

} // namespace

int handle(const wire::message& request, int attached) {
  if (request.what == wire::kind::hello) {
    if (request.value != wire::version)
      return EPROTO;
    greet((have_cgroups() ? wire::flag_cgroups : 0)
          | (given.root ? wire::flag_root : 0));
    return 0;
  }
  if (request.what == wire::kind::spawn)
    return spawn(request, attached);
  if (request.what < wire::kind::hello || request.what > wire::kind::acknowledge
      || (request.what == wire::kind::signal
          && (request.signal < 1 || request.signal > 64)))
    return EINVAL;
  auto* one = find_id(request.id);
  // What has failed to start is gone, though it may not have been told yet.
  if (one == nullptr || one->facts.run != request.run
      || (one->unsent & news_failed) != 0)
    return ESRCH;
  const auto how_far = one->facts.how_far;
  switch (request.what) {
  case wire::kind::release:
    if (how_far != wire::phase::gated)
      return EBUSY;
    one->deadline = monotonic_ms() + start_deadline_ms;
    enter_phase(*one, wire::phase::starting);
    send(one->channel, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    return 0;
  case wire::kind::signal:
    if (how_far == wire::phase::gated)
      return EBUSY;
    if (how_far != wire::phase::empty)
      signal_tree(*one, static_cast<int>(request.signal));
    return 0;
  case wire::kind::kill:
    if (how_far != wire::phase::empty)
      kill_tree(*one);
    return 0;
  default:
    if (how_far != wire::phase::empty)
      return EBUSY;
    forget(*one);
    return 0;
  }
}

void on_channel(slot& one) {
  if (one.channel < 0)
    return;
  child_report said{};
  const auto size = recv(one.channel, &said, sizeof said, MSG_DONTWAIT);
  if (size < 0 && errno == EAGAIN)
    return;
  unwatch(one.channel);
  if (size == sizeof said) {
    one.facts.at = said.at;
    one.facts.error = said.error;
    return;
  }
  // The end closes at execve and at a death before it: the kernel knows which.
  proc_stat seen;
  if (read_stat(one.facts.pid, seen) && seen.never_executed())
    return;
  enter_phase(one, wire::phase::running);
  tell(one, news_started);
}

void on_cgroup_events(slot& one) {
  if (one.events < 0 || is_populated(one.events))
    return;
  unwatch(one.events);
  enter_phase(one, wire::phase::empty);
  tell(one, news_emptied);
}

void on_child_signal() {
  siginfo_t seen{};
  rusage usage{};
  // Held zombies hide what ends after them, so then all of /proc is read.
  bool scan = held > 0;
  while (!scan && wait_for(P_ALL, 0, WNOWAIT, seen, usage)) {
    auto* one = find_pid(seen.si_pid);
    if (one == nullptr)
      reap(seen.si_pid);
    else if (have_cgroups())
      first_ended(*one, seen, usage);
    else
      scan = true;
  }
  if (scan)
    settle_by_scan();
}

int check_deadlines() {
  if (starting == 0)
    return -1;
  const auto now = monotonic_ms();
  if (now < next_look)
    return static_cast<int>(next_look - now);
  for (uint32_t i = 0; i < slots_touched(); ++i) {
    auto& one = slot_at(i);
    if (one.facts.how_far != wire::phase::starting || one.deadline > now
        || one.overdue)
      continue;
    one.overdue = true;
    kill_tree(one);
  }
  next_look = now + look_every_ms;
  return look_every_ms;
}

int look_again() {
  if (next_settling == 0)
    return -1;
  const auto now = monotonic_ms();
  if (now < next_settling)
    return static_cast<int>(next_settling - now);
  settle_by_scan();
  return next_settling == 0 ? -1 : settle_again_ms;
}

void drop_gated() {
  for (uint32_t i = 0; i < slots_touched(); ++i)
    if (slot_at(i).facts.how_far == wire::phase::gated)
      send_signal(slot_at(i).pidfd, SIGKILL);
  for (uint32_t i = 0; i < slots_touched(); ++i) {
    auto& one = slot_at(i);
    if (one.facts.how_far != wire::phase::gated)
      continue;
    pollfd death{one.pidfd, POLLIN, 0};
    poll(&death, 1, 1000);
    reap_first(one);
    forget(one);
  }
}

void forget(slot& one) {
  unwatch(one.pidfd);
  unwatch(one.channel);
  unwatch(one.events);
  if (have_cgroups())
    leave_leaf(one);
  withdraw(one);
  enter_phase(one, wire::phase::none);
  return_slot(one);
}

} // namespace hiisi::keeper
