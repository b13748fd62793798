#include "hiidet/system_calls.hpp"

#include "actors/os/sys_error.hpp"

#include <seccomp.h>

#include <cerrno>
#include <cstdint>
#include <memory>

#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace hiisi::hiidet {

namespace {

using protocol::errc;
using protocol::result;

/// Whatever the arguments. On an architecture that does not have one of them
/// libseccomp leaves it out.
constexpr int allowed[] = {
    // Memory.
    SCMP_SYS(brk), SCMP_SYS(madvise), SCMP_SYS(membarrier), SCMP_SYS(mincore),
    SCMP_SYS(mmap), SCMP_SYS(mprotect), SCMP_SYS(mremap), SCMP_SYS(munmap),
    // Threads and what they wait for.
    SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(futex), SCMP_SYS(getcpu),
    SCMP_SYS(get_robust_list), SCMP_SYS(gettid), SCMP_SYS(rseq),
    SCMP_SYS(sched_getaffinity), SCMP_SYS(sched_yield),
    SCMP_SYS(set_robust_list), SCMP_SYS(set_tid_address),
    // Signals to itself.
    SCMP_SYS(pause), SCMP_SYS(restart_syscall), SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigpending), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigsuspend), SCMP_SYS(rt_sigtimedwait), SCMP_SYS(sigaltstack),
    // Time.
    SCMP_SYS(clock_getres), SCMP_SYS(clock_gettime), SCMP_SYS(clock_nanosleep),
    SCMP_SYS(gettimeofday), SCMP_SYS(nanosleep), SCMP_SYS(time),
    SCMP_SYS(timerfd_create), SCMP_SYS(timerfd_gettime),
    SCMP_SYS(timerfd_settime),
    // Waiting for descriptors.
    SCMP_SYS(epoll_create), SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_pwait2), SCMP_SYS(epoll_wait),
    SCMP_SYS(eventfd2), SCMP_SYS(pipe), SCMP_SYS(pipe2), SCMP_SYS(poll),
    SCMP_SYS(ppoll), SCMP_SYS(pselect6), SCMP_SYS(select),
    // Descriptors and files: of those the modes, owners and mounts decide.
    SCMP_SYS(access), SCMP_SYS(chmod), SCMP_SYS(chown), SCMP_SYS(close),
    SCMP_SYS(close_range), SCMP_SYS(dup), SCMP_SYS(dup2), SCMP_SYS(dup3),
    SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(fadvise64),
    SCMP_SYS(fallocate), SCMP_SYS(fchmod), SCMP_SYS(fchmodat), SCMP_SYS(fchown),
    SCMP_SYS(fchownat), SCMP_SYS(fcntl), SCMP_SYS(fdatasync), SCMP_SYS(flock),
    SCMP_SYS(fstat), SCMP_SYS(fstatfs), SCMP_SYS(fsync), SCMP_SYS(ftruncate),
    SCMP_SYS(getcwd), SCMP_SYS(getdents), SCMP_SYS(getdents64), SCMP_SYS(ioctl),
    SCMP_SYS(lchown), SCMP_SYS(link), SCMP_SYS(linkat), SCMP_SYS(lseek),
    SCMP_SYS(lstat), SCMP_SYS(memfd_create), SCMP_SYS(mkdir), SCMP_SYS(mkdirat),
    SCMP_SYS(newfstatat), SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(pread64),
    SCMP_SYS(preadv), SCMP_SYS(pwrite64), SCMP_SYS(pwritev), SCMP_SYS(read),
    SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(readv), SCMP_SYS(rename),
    SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(rmdir), SCMP_SYS(stat),
    SCMP_SYS(statfs), SCMP_SYS(statx), SCMP_SYS(sync_file_range),
    SCMP_SYS(syncfs), SCMP_SYS(truncate), SCMP_SYS(umask), SCMP_SYS(unlink),
    SCMP_SYS(unlinkat), SCMP_SYS(utimensat), SCMP_SYS(write), SCMP_SYS(writev),
    // Sockets.
    SCMP_SYS(accept), SCMP_SYS(accept4), SCMP_SYS(bind), SCMP_SYS(connect),
    SCMP_SYS(getpeername), SCMP_SYS(getsockname), SCMP_SYS(getsockopt),
    SCMP_SYS(listen), SCMP_SYS(recvfrom), SCMP_SYS(recvmmsg), SCMP_SYS(recvmsg),
    SCMP_SYS(sendmmsg), SCMP_SYS(sendmsg), SCMP_SYS(sendto),
    SCMP_SYS(setsockopt), SCMP_SYS(shutdown), SCMP_SYS(socket),
    SCMP_SYS(socketpair),
    // Who and where it is.
    SCMP_SYS(capget), SCMP_SYS(getegid), SCMP_SYS(geteuid), SCMP_SYS(getgid),
    SCMP_SYS(getgroups), SCMP_SYS(getpgrp), SCMP_SYS(getpid), SCMP_SYS(getppid),
    SCMP_SYS(getrandom), SCMP_SYS(getresgid), SCMP_SYS(getresuid),
    SCMP_SYS(getrlimit), SCMP_SYS(getrusage), SCMP_SYS(getsid),
    SCMP_SYS(getuid), SCMP_SYS(pidfd_open), SCMP_SYS(sysinfo), SCMP_SYS(times),
    SCMP_SYS(uname)};

struct free_filter {
  void operator()(void* filter) const { ::seccomp_release(filter); }
};
using filter_ptr = std::unique_ptr<void, free_filter>;

scmp_arg_cmp equal(unsigned argument, uint64_t value) {
  return {argument, SCMP_CMP_EQ, value, 0};
}

/// Adds a rule for a call whose arguments are so.
template <class... Arguments>
bool rule(void* filter, uint32_t action, int call, Arguments... arguments) {
  return ::seccomp_rule_add(filter, action, call, sizeof...(arguments),
                            arguments...)
         == 0;
}

bool add_rules(void* filter) {
  for (const auto call : allowed)
    if (!rule(filter, SCMP_ACT_ALLOW, call))
      return false;
  // A thread, which fork makes none of. The flags of clone3 lie in memory,
  // where a filter cannot look; without it the C library takes clone.
  const scmp_arg_cmp makes_thread{0, SCMP_CMP_MASKED_EQ, CLONE_THREAD,
                                  CLONE_THREAD};
  const auto itself = static_cast<uint64_t>(::getpid());
  return rule(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), makes_thread)
         && rule(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3))
         // For abort() and the like.
         && rule(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), equal(0, itself))
         // Limits of its own, to be read.
         && rule(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), equal(0, 0),
                 equal(2, 0))
         // Threads that give way to others.
         && rule(filter, SCMP_ACT_ALLOW, SCMP_SYS(sched_setscheduler),
                 equal(0, 0), equal(1, SCHED_BATCH))
         // Names of threads.
         && rule(filter, SCMP_ACT_ALLOW, SCMP_SYS(prctl), equal(0, PR_SET_NAME))
         && rule(filter, SCMP_ACT_ALLOW, SCMP_SYS(prctl),
                 equal(0, PR_GET_NAME));
}

} // namespace

result<void> restrict_system_calls() {
  const auto failed = [](int error) {
    return os::sys_error(errc::unavailable, error,
                         "restrict the system calls of", "hiidet");
  };
  const filter_ptr filter{::seccomp_init(SCMP_ACT_ERRNO(EPERM))};
  if (!filter || !add_rules(filter.get()))
    return failed(ENOMEM);
  // Kernels before 4.14 do not log; what they refuse is refused all the same.
  ::seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_LOG, 1);
  // As a binary tree, which a call is found in by few comparisons.
  ::seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
  if (const auto error = ::seccomp_load(filter.get()); error != 0)
    return failed(-error);
  return {};
}

} // namespace hiisi::hiidet
