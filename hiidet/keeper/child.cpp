#include "hiidet/keeper/keeper.hpp"

#include <grp.h>
#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>

namespace hiisi::keeper {
namespace {

/// A copy of the launch block, with NULs behind it. Every offset into it is
/// checked, and a wrong one ends the child.
char* block = nullptr;
uint64_t block_size = 0;

void report(stage at, int error) {
  const child_report said{at, error};
  send(child_channel, &said, sizeof said, MSG_NOSIGNAL);
}

/// What this start has made, as the user: the directory of the logs, and the
/// logs on descriptors 1 and 2.
const char* made_directory = nullptr;
const char* made_logs[3];

/// Of a start that fails nothing stays: not even empty logs.
void clear_away() {
  struct stat file {};
  for (int fd = 1; fd <= 2; ++fd)
    if (made_logs[fd] != nullptr && fstat(fd, &file) == 0 && file.st_size == 0)
      unlink(made_logs[fd]);
  if (made_directory != nullptr)
    rmdir(made_directory);
}

[[noreturn]] void fail(stage at, int error) {
  clear_away();
  report(at, error);
  _exit(127);
}

void check(bool good, stage at) {
  if (!good)
    fail(at, errno);
}

/// For what the launch block says.
void require(bool good) {
  if (!good)
    fail(stage::launch_block, EINVAL);
}

template <class T>
const T* array(uint32_t offset, uint64_t count) {
  require(offset % alignof(T) == 0 && offset <= block_size
          && count <= (block_size - offset) / sizeof(T));
  return reinterpret_cast<const T*>(block + offset);
}

/// The string at `offset`, which is moved past it.
char* string(uint32_t& offset) {
  require(offset >= sizeof(wire::launch_header) && offset < block_size);
  auto* text = block + offset;
  offset += static_cast<uint32_t>(strlen(text)) + 1;
  return text;
}

const char* path(uint32_t offset) {
  const auto* text = string(offset);
  require(text[0] == '/');
  return text;
}

/// Reads the launch block. Behind it is room for a pointer to each string of
/// two lists, of which each takes a byte at least.
const wire::launch_header& read_block() {
  struct stat file {};
  check(fstat(child_block, &file) == 0, stage::launch_block);
  block_size = static_cast<uint64_t>(file.st_size);
  auto* space
      = mmap(nullptr, (block_size + 8) * (1 + 2 * sizeof(char*)),
             PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  check(space != MAP_FAILED, stage::launch_block);
  block = static_cast<char*>(space);
  require(pread(child_block, block, block_size, 0) == file.st_size);
  const auto& head = *array<wire::launch_header>(0, 1);
  require(head.magic == wire::launch_magic && head.total == block_size);
  return head;
}

/// Sets `environ` and returns argv.
char** read_command(const wire::launch_header& head,
                    const wire::message& facts) {
  static char id[32];
  static char run[80];
  auto** argv = reinterpret_cast<char**>(block + (block_size / 8 + 1) * 8);
  auto** next = argv;
  auto offset = head.argv;
  require(head.argc > 0);
  for (uint32_t i = 0; i < head.argc; ++i)
    *next++ = string(offset);
  environ = ++next;
  offset = head.env;
  for (uint32_t i = 0; i < head.envc; ++i) {
    *next = string(offset);
    if (strncmp(*next, "HIISI_ID=", 9) != 0
        && strncmp(*next, "HIISI_RUN=", 10) != 0)
      ++next;
  }
  snprintf(id, sizeof id, "HIISI_ID=%u", facts.id);
  snprintf(run, sizeof run, "HIISI_RUN=%u.%u.%s", facts.id, facts.run,
           given.nonce);
  *next++ = id;
  *next++ = run;
  *next = nullptr;
  return argv;
}

void set_limits(const wire::launch_header& head) {
  const auto* limit = array<wire::launch_limit>(head.limits, head.limit_count);
  check(setrlimit(RLIMIT_NOFILE, &given.files) == 0, stage::limits);
  for (const auto* end = limit + head.limit_count; limit < end; ++limit) {
    const rlimit wanted{limit->soft, limit->hard};
    const auto which = static_cast<__rlimit_resource>(limit->resource);
    check(setrlimit(which, &wanted) == 0, stage::limits);
  }
  // A user's keeper that was itself started with a lower priority may not
  // raise it for its services; they run with its own.
  check(setpriority(PRIO_PROCESS, 0, head.nice) == 0
            || (!given.root && errno == EACCES),
        stage::limits);
}

/// Becomes the user and proves that there is no way back.
void become_user(const wire::launch_header& head) {
  const uid_t uid = head.uid;
  const gid_t gid = head.gid;
  if (given.root) {
    const auto* groups = array<gid_t>(head.groups, head.group_count);
    check(setgroups(head.group_count, groups) == 0, stage::groups);
    check(setresgid(gid, gid, gid) == 0, stage::gid);
    check(setresuid(uid, uid, uid) == 0, stage::uid);
  }
  if (uid == 0)
    return;
  uid_t u[3];
  gid_t g[3];
  __user_cap_header_struct version{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3]{};
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  check(syscall(SYS_capset, &version, none) == 0
            && getresuid(&u[0], &u[1], &u[2]) == 0
            && getresgid(&g[0], &g[1], &g[2]) == 0,
        stage::irrevocable);
  const bool same = std::count(u, u + 3, uid) == 3
                    && (!given.root || std::count(g, g + 3, gid) == 3);
  if (!same || setuid(0) == 0 || (gid != 0 && setgid(0) == 0))
    fail(stage::irrevocable, EPERM);
}

/// Opens a log as the user, on `target`.
void open_log(const char* name, uid_t uid, int target, stage at) {
  constexpr int flags = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK
                        | O_CLOEXEC | O_NOCTTY;
  struct stat file {};
  int fd = open(name, flags | O_EXCL, 0600);
  const bool made = fd >= 0;
  if (!made && errno == EEXIST)
    fd = open(name, flags, 0600);
  check(fd >= 0 && fstat(fd, &file) == 0, at);
  const int error = !S_ISREG(file.st_mode) ? ENXIO
                    : file.st_uid != uid   ? EPERM
                    : file.st_nlink != 1   ? EMLINK
                                           : 0;
  if (error != 0)
    fail(at, error);
  check(fcntl(fd, F_SETFL, O_APPEND) == 0 && dup2(fd, target) == target, at);
  if (made)
    made_logs[target] = name;
}

} // namespace

void run_child(int channel, int block_fd, const wire::message& facts) {
  // Nothing of the keeper's stays open while this one waits, however long.
  dup3(channel, child_channel, O_CLOEXEC);
  dup3(block_fd, child_block, O_CLOEXEC);
  check(close_range(child_block + 1, ~0U, 0) == 0, stage::descriptors);
  const auto& head = read_block();
  require(head.uid == facts.uid && head.gid != static_cast<gid_t>(-1));
  auto** argv = read_command(head, facts);
  const auto* cwd = path(head.cwd);
  const auto* log_directory = path(head.log_directory);
  const auto* output_log = path(head.output_log);
  const auto* error_log = path(head.error_log);
  check(setsid() >= 0, stage::session);
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  check(null >= 0 && dup2(null, 0) == 0, stage::standard_input);
  // A user's keeper may not lower the score, and has not raised it either.
  const int score = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  (void)!write(score, "0", 1);
  char opened = 0;
  if (read(child_channel, &opened, 1) != 1)
    _exit(127);
  set_limits(head);
  become_user(head);
  umask(077);
  if (mkdir(log_directory, 0700) == 0)
    made_directory = log_directory;
  else
    check(errno == EEXIST, stage::log_directory);
  open_log(output_log, facts.uid, 1, stage::standard_output_log);
  open_log(error_log, facts.uid, 2, stage::standard_error_log);
  check(chdir(cwd) == 0, stage::working_directory);
  umask(head.umask & 0777);
  check(close_range(child_channel + 1, ~0U, 0) == 0, stage::descriptors);
  sigset_t nothing;
  sigemptyset(&nothing);
  sigprocmask(SIG_SETMASK, &nothing, nullptr);
  report(stage::execute, 0);
  // Searches the PATH of the new `environ`.
  execvp(argv[0], argv);
  fail(stage::execute, errno);
}

} // namespace hiisi::keeper
