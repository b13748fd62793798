#include "hiidet/keeper/keeper.hpp"

#include <grp.h>
#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>

namespace hiisi::keeper {
namespace {

[[noreturn]] void fail(stage at, int error) {
  const child_report report{at, error};
  send(child_channel, &report, sizeof report, MSG_NOSIGNAL);
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

/// The mapped launch block. Every offset that it holds is checked here, and a
/// wrong one ends the child.
class launch_block {
public:
  launch_block() {
    struct stat file {};
    check(fstat(child_block, &file) == 0, stage::launch_block);
    size_ = static_cast<uint64_t>(file.st_size);
    auto* data = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, child_block, 0);
    check(data != MAP_FAILED, stage::launch_block);
    data_ = static_cast<const char*>(data);
    require(head().magic == wire::launch_magic && head().total == size_);
  }

  const wire::launch_header& head() const {
    return *reinterpret_cast<const wire::launch_header*>(data_);
  }

  template <class T>
  const T* array(uint32_t offset, uint64_t count) const {
    require(offset % alignof(T) == 0 && offset <= size_
            && count <= (size_ - offset) / sizeof(T));
    return reinterpret_cast<const T*>(data_ + offset);
  }

  /// The string at `offset`, which is moved past it. Not const, since that is
  /// what execve(2) wants; the pages are read-only all the same.
  char* string(uint32_t& offset) const {
    require(offset >= sizeof(wire::launch_header) && offset < size_);
    const auto* text = data_ + offset;
    const auto* end = memchr(text, '\0', size_ - offset);
    require(end != nullptr);
    offset += static_cast<uint32_t>(static_cast<const char*>(end) - text) + 1;
    return const_cast<char*>(text);
  }

  const char* path(uint32_t offset) const {
    const auto* text = string(offset);
    require(text[0] == '/');
    return text;
  }

private:
  uint64_t size_ = 0;
  const char* data_ = nullptr;
};

/// Sets `environ` and returns argv.
char** read_command(const launch_block& block, const wire::message& facts) {
  static char id[32];
  static char run[80];
  const auto& head = block.head();
  auto offset = head.argv;
  // Each string takes a byte at least, so the counts cannot lie by much.
  require(head.argc > 0);
  (void)block.array<char>(head.argv, head.argc);
  (void)block.array<char>(head.env, head.envc);
  auto* space
      = mmap(nullptr, (uint64_t{head.argc} + head.envc + 4) * sizeof(char*),
             PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  check(space != MAP_FAILED, stage::launch_block);
  auto** argv = static_cast<char**>(space);
  for (uint32_t i = 0; i < head.argc; ++i)
    argv[i] = block.string(offset);
  environ = argv + head.argc + 1;
  auto** next = environ;
  offset = head.env;
  for (uint32_t i = 0; i < head.envc; ++i) {
    *next = block.string(offset);
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

void set_limits(const launch_block& block) {
  const auto& head = block.head();
  const auto* limits
      = block.array<wire::launch_limit>(head.limits, head.limit_count);
  check(setrlimit(RLIMIT_NOFILE, &given.files) == 0, stage::limits);
  for (uint32_t i = 0; i < head.limit_count; ++i) {
    const rlimit limit{limits[i].soft, limits[i].hard};
    const auto which = static_cast<__rlimit_resource>(limits[i].resource);
    check(setrlimit(which, &limit) == 0, stage::limits);
  }
  check(setpriority(PRIO_PROCESS, 0, head.nice) == 0, stage::limits);
}

/// Becomes the user and proves that there is no way back.
void become_user(const launch_block& block) {
  const auto& head = block.head();
  const uid_t uid = head.uid;
  const gid_t gid = head.gid;
  if (given.root) {
    const auto* groups = block.array<gid_t>(head.groups, head.group_count);
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
  const bool same
      = u[0] == uid && u[1] == uid && u[2] == uid
        && (!given.root || (g[0] == gid && g[1] == gid && g[2] == gid));
  if (!same || setuid(0) == 0 || (gid != 0 && setgid(0) == 0))
    fail(stage::irrevocable, EPERM);
}

/// Opens a log as the user, on `target`.
void open_log(const char* path, uid_t uid, int target, stage at) {
  const int fd = open(path,
                      O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK
                          | O_CLOEXEC | O_NOCTTY,
                      0600);
  check(fd >= 0, at);
  struct stat file {};
  check(fstat(fd, &file) == 0, at);
  if (!S_ISREG(file.st_mode) || file.st_uid != uid || file.st_nlink != 1)
    fail(at, !S_ISREG(file.st_mode) ? ENXIO
             : file.st_uid != uid   ? EPERM
                                    : EMLINK);
  check(fcntl(fd, F_SETFL, O_APPEND) == 0, at);
  check(dup2(fd, target) == target, stage::descriptors);
}

} // namespace

void run_child(int channel, int block_fd, const wire::message& facts) {
  // Nothing of the keeper's stays open while this one waits, however long.
  dup3(channel, child_channel, O_CLOEXEC);
  dup3(block_fd, child_block, O_CLOEXEC);
  check(close_range(child_block + 1, ~0U, 0) == 0, stage::descriptors);
  const launch_block block;
  const auto& head = block.head();
  require(head.uid == facts.uid && head.gid != static_cast<gid_t>(-1));
  auto** argv = read_command(block, facts);
  const auto* cwd = block.path(head.cwd);
  const auto* log_directory = block.path(head.log_directory);
  const auto* output_log = block.path(head.output_log);
  const auto* error_log = block.path(head.error_log);
  check(setsid() >= 0, stage::session);
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  check(null >= 0 && dup2(null, 0) == 0, stage::standard_input);
  // A user's keeper may not lower the score, and has not raised it either.
  const int score = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  (void)!write(score, "0", 1);
  char opened = 0;
  if (read(child_channel, &opened, 1) != 1)
    _exit(127);
  set_limits(block);
  become_user(block);
  umask(077);
  check(mkdir(log_directory, 0700) == 0 || errno == EEXIST,
        stage::log_directory);
  open_log(output_log, facts.uid, 1, stage::standard_output_log);
  open_log(error_log, facts.uid, 2, stage::standard_error_log);
  check(chdir(cwd) == 0, stage::working_directory);
  umask(head.umask & 0777);
  check(close_range(child_channel + 1, ~0U, 0) == 0, stage::descriptors);
  sigset_t nothing;
  sigemptyset(&nothing);
  sigprocmask(SIG_SETMASK, &nothing, nullptr);
  // Searches the PATH of the new `environ`.
  execvp(argv[0], argv);
  fail(stage::execute, errno);
}

} // namespace hiisi::keeper
