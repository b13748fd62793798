/* Preloaded into hiidet and hiisi-keeper by the system tests: makes the n-th call
 * of a function of the C library's fail once, without making it. */
#define _GNU_SOURCE
#include "test/system/failing_calls.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static struct failing_calls* shared;

__attribute__((constructor)) static void begin(void) {
  const char* path = getenv("HIISI_FAILING_CALLS");
  int fd = path == NULL ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR);
  if (fd < 0)
    return;
  void* page = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED,
                    fd, 0);
  syscall(SYS_close, fd);
  if (page != MAP_FAILED)
    shared = page;
}

/* Whether this call is to fail; errno is set then. */
static int fails(const char* call) {
  if (shared == NULL || !__atomic_load_n(&shared->armed, __ATOMIC_ACQUIRE)
      || strcmp(call, shared->call) != 0
      || strcmp(program_invocation_short_name, shared->program) != 0
      || __atomic_sub_fetch(&shared->calls_left, 1, __ATOMIC_ACQ_REL) != 0)
    return 0;
  __atomic_store_n(&shared->failed, 1, __ATOMIC_RELEASE);
  errno = shared->error;
  return 1;
}

/* FAILING(int, fsync, (int fd), (fd)): the same function of the C library's,
 * found when it is first called. */
#define FAILING(result, name, parameters, arguments)                           \
  result name parameters {                                                     \
    static result(*real) parameters;                                           \
    if (real == NULL)                                                          \
      real = (result(*) parameters)dlsym(RTLD_NEXT, #name);                    \
    if (fails(#name))                                                          \
      return (result)-1;                                                       \
    return real arguments;                                                     \
  }

FAILING(ssize_t, pread, (int fd, void* to, size_t size, off_t at),
        (fd, to, size, at))
FAILING(ssize_t, pwrite, (int fd, const void* from, size_t size, off_t at),
        (fd, from, size, at))
FAILING(int, fsync, (int fd), (fd))
FAILING(int, fdatasync, (int fd), (fd))
FAILING(int, syncfs, (int fd), (fd))
FAILING(int, ftruncate, (int fd, off_t size), (fd, size))
FAILING(int, fstat, (int fd, struct stat* into), (fd, into))
FAILING(int, fchmod, (int fd, mode_t mode), (fd, mode))
FAILING(int, rename, (const char* from, const char* to), (from, to))
FAILING(int, unlink, (const char* path), (path))
FAILING(int, mkdir, (const char* path, mode_t mode), (path, mode))
FAILING(int, rmdir, (const char* path), (path))
FAILING(int, socket, (int domain, int type, int protocol),
        (domain, type, protocol))
FAILING(int, socketpair, (int domain, int type, int protocol, int ends[2]),
        (domain, type, protocol, ends))
FAILING(int, accept4,
        (int fd, struct sockaddr* peer, socklen_t* size, int flags),
        (fd, peer, size, flags))
FAILING(ssize_t, recv, (int fd, void* to, size_t size, int flags),
        (fd, to, size, flags))
FAILING(ssize_t, send, (int fd, const void* from, size_t size, int flags),
        (fd, from, size, flags))
FAILING(ssize_t, recvmsg, (int fd, struct msghdr* into, int flags),
        (fd, into, flags))
FAILING(ssize_t, sendmsg, (int fd, const struct msghdr* what, int flags),
        (fd, what, flags))
FAILING(int, epoll_wait,
        (int fd, struct epoll_event* into, int count, int wait),
        (fd, into, count, wait))
FAILING(int, epoll_ctl, (int fd, int what, int whom, struct epoll_event* how),
        (fd, what, whom, how))
FAILING(int, memfd_create, (const char* name, unsigned flags), (name, flags))
FAILING(pid_t, wait4,
        (pid_t which, int* status, int options, struct rusage* used),
        (which, status, options, used))

/* What fails of a file does not fail of a pipe or an eventfd. */
static int is_file(int fd) {
  struct stat found;
  return syscall(SYS_fstat, fd, &found) == 0 && S_ISREG(found.st_mode);
}

ssize_t read(int fd, void* to, size_t size) {
  return is_file(fd) && fails("read") ? -1 : syscall(SYS_read, fd, to, size);
}

ssize_t write(int fd, const void* from, size_t size) {
  return is_file(fd) && fails("write") ? -1
                                       : syscall(SYS_write, fd, from, size);
}

int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return fails("open") ? -1
                       : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int openat(int directory, const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return fails("openat") ? -1
                         : (int)syscall(SYS_openat, directory, path, flags, mode);
}

int fcntl(int fd, int command, ...) {
  va_list rest;
  va_start(rest, command);
  void* const argument = va_arg(rest, void*);
  va_end(rest);
  return fails("fcntl") ? -1 : (int)syscall(SYS_fcntl, fd, command, argument);
}

/* The keeper forks by it. Its own calls go on by the C library's. */
long syscall(long number, ...) {
  static long (*real)(long, ...);
  va_list rest;
  va_start(rest, number);
  long given[6];
  for (int i = 0; i < 6; ++i)
    given[i] = va_arg(rest, long);
  va_end(rest);
  if (real == NULL)
    real = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
  if ((number == SYS_clone3 && fails("clone3"))
      || (number == SYS_pidfd_open && fails("pidfd_open")))
    return -1;
  return real(number, given[0], given[1], given[2], given[3], given[4],
              given[5]);
}
