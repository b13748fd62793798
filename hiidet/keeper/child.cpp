#include "hiidet/keeper/child.hpp"

#include "hiidet/keeper/setup.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace hiisi::keeper {
namespace {

namespace wire = keeper_wire;
using wire::stage;

constexpr char default_path[] = "/usr/local/bin:/usr/bin:/bin";

int channel = -1;

[[noreturn]] void fail(stage at, int error) {
  const child_report report{at, error};
  send(channel, &report, sizeof report, MSG_NOSIGNAL);
  _exit(127);
}

void check(bool good, stage at) {
  if (!good)
    fail(at, errno);
}

/// Closes all descriptors from 3 on but these two.
void close_others(int low, int high) {
  if (low > high)
    std::swap(low, high);
  const auto close_span = [](int first, int last) {
    check(first > last
              || close_range(static_cast<unsigned>(first),
                             static_cast<unsigned>(last), 0)
                     == 0,
          stage::descriptors);
  };
  close_span(3, low - 1);
  close_span(low + 1, high - 1);
  close_span(high + 1, INT_MAX);
}

// -- the launch block ---------------------------------------------------------

/// The mapped launch block. Every offset that it holds is checked here, and a
/// wrong one ends the child.
class launch_block {
public:
  explicit launch_block(int fd) {
    struct stat file {};
    check(fstat(fd, &file) == 0, stage::launch_block);
    size_ = static_cast<uint64_t>(file.st_size);
    auto* data = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd, 0);
    check(data != MAP_FAILED, stage::launch_block);
    data_ = static_cast<const char*>(data);
    require(head().magic == wire::launch_magic && head().total == size_);
    close(fd);
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

  /// The string at `offset`; moves `offset` past it.
  const char* string(uint32_t& offset) const {
    require(offset >= sizeof(wire::launch_header) && offset < size_);
    const auto* text = data_ + offset;
    const auto* end
        = static_cast<const char*>(memchr(text, '\0', size_ - offset));
    require(end != nullptr);
    offset += static_cast<uint32_t>(end - text) + 1;
    return text;
  }

  const char* path(uint32_t offset) const {
    const auto* text = string(offset);
    require(text[0] == '/');
    return text;
  }

  static void require(bool good) {
    if (!good)
      fail(stage::launch_block, EINVAL);
  }

private:
  uint64_t size_ = 0;
  const char* data_ = nullptr;
};

struct command {
  /// argv, with a free pointer before it for the shell's name.
  char** argv;
  char** env;
  const char* path = default_path;
};

command read_command(const launch_block& block, const child_start& start) {
  static char id[32];
  static char run[80];
  const auto& head = block.head();
  block.require(head.argc > 0);
  block.array<char>(head.argv, head.argc);
  block.array<char>(head.env, head.envc);
  auto* space
      = mmap(nullptr, (uint64_t{head.argc} + head.envc + 5) * sizeof(char*),
             PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  check(space != MAP_FAILED, stage::launch_block);
  command result;
  result.argv = static_cast<char**>(space) + 1;
  result.env = result.argv + head.argc + 1;
  auto offset = head.argv;
  for (uint32_t i = 0; i < head.argc; ++i)
    result.argv[i] = const_cast<char*>(block.string(offset));
  offset = head.env;
  auto** next = result.env;
  for (uint32_t i = 0; i < head.envc; ++i) {
    const auto* text = block.string(offset);
    if (strncmp(text, "HIISI_ID=", 9) == 0
        || strncmp(text, "HIISI_RUN=", 10) == 0)
      continue;
    if (strncmp(text, "PATH=", 5) == 0)
      result.path = text + 5;
    *next++ = const_cast<char*>(text);
  }
  snprintf(id, sizeof id, "HIISI_ID=%u", start.id);
  snprintf(run, sizeof run, "HIISI_RUN=%u.%u.%s", start.id, start.run,
           given.nonce);
  *next++ = id;
  *next = run;
  return result;
}

// -- identity -----------------------------------------------------------------

void set_limits(const launch_block& block) {
  const auto& head = block.head();
  const auto* limits
      = block.array<wire::launch_limit>(head.limits, head.limit_count);
  check(setrlimit(RLIMIT_NOFILE, &given.files) == 0, stage::limits);
  for (uint32_t i = 0; i < head.limit_count; ++i) {
    const rlimit limit{limits[i].soft, limits[i].hard};
    check(setrlimit(static_cast<__rlimit_resource>(limits[i].resource), &limit)
              == 0,
          stage::limits);
  }
  check(setpriority(PRIO_PROCESS, 0, head.nice) == 0, stage::limits);
}

void become_user(const launch_block& block) {
  const auto& head = block.head();
  const uid_t uid = head.uid;
  const gid_t gid = head.gid;
  uid_t uids[3];
  gid_t gids[3];
  if (given.root) {
    check(setgroups(head.group_count,
                    block.array<gid_t>(head.groups, head.group_count))
              == 0,
          stage::groups);
    check(setresgid(gid, gid, gid) == 0, stage::gid);
    check(setresuid(uid, uid, uid) == 0, stage::uid);
  }
  if (uid == 0)
    return;
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct version{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3]{};
  check(syscall(SYS_capset, &version, none) == 0, stage::irrevocable);
  check(getresuid(&uids[0], &uids[1], &uids[2]) == 0
            && getresgid(&gids[0], &gids[1], &gids[2]) == 0,
        stage::irrevocable);
  const auto all_uids
      = std::all_of(uids, uids + 3, [uid](uid_t one) { return one == uid; });
  const auto all_gids
      = std::all_of(gids, gids + 3, [gid](gid_t one) { return one == gid; });
  if (!all_uids || (given.root && !all_gids) || setuid(0) == 0
      || (gid != 0 && setgid(0) == 0))
    fail(stage::irrevocable, EPERM);
}

// -- the user's world ---------------------------------------------------------

/// Opens a log as the user, on `target`.
void open_log(const char* path, uid_t uid, int target, stage at) {
  const int fd = open(path,
                      O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK
                          | O_CLOEXEC | O_NOCTTY,
                      0600);
  check(fd >= 0, at);
  struct stat file {};
  check(fstat(fd, &file) == 0, at);
  if (!S_ISREG(file.st_mode))
    fail(at, ENXIO);
  if (file.st_uid != uid)
    fail(at, EPERM);
  if (file.st_nlink != 1)
    fail(at, EMLINK);
  check(fcntl(fd, F_SETFL, O_APPEND) == 0, at);
  check(dup2(fd, target) == target, stage::descriptors);
  close(fd);
}

/// execve, and what execvp(3) does about a text without an interpreter line.
void execute(const char* file, const command& what) {
  execve(file, what.argv, what.env);
  if (errno != ENOEXEC)
    return;
  char shell[] = "/bin/sh";
  auto** argv = what.argv - 1;
  argv[1] = const_cast<char*>(file);
  argv[0] = shell;
  execve(shell, argv, what.env);
}

[[noreturn]] void search_and_execute(const command& what) {
  static char file[PATH_MAX];
  const auto* name = what.argv[0];
  const auto length = strlen(name);
  if (strchr(name, '/') != nullptr) {
    execute(name, what);
    fail(stage::execute, errno);
  }
  if (length == 0 || length > NAME_MAX)
    fail(stage::execute, length == 0 ? ENOENT : ENAMETOOLONG);
  bool denied = false;
  for (const char* from = what.path;; ++from) {
    const auto* end = strchrnul(from, ':');
    const auto size = static_cast<size_t>(end - from);
    if (size + length + 2 <= sizeof file) {
      // An empty element is the working directory.
      memcpy(file, from, size);
      file[size] = '/';
      strcpy(file + size + (size == 0 ? 0 : 1), name);
      execute(file, what);
      denied = denied || errno == EACCES;
      if (errno != EACCES && errno != ENOENT && errno != ENOTDIR
          && errno != ESTALE && errno != ENODEV && errno != ETIMEDOUT)
        fail(stage::execute, errno);
    }
    if (*end == '\0')
      fail(stage::execute, denied ? EACCES : ENOENT);
    from = end;
  }
}

} // namespace

void run_child(const child_start& start) {
  channel = start.channel;
  close_others(start.channel, start.block);
  const launch_block block(start.block);
  const auto& head = block.head();
  block.require(head.uid == start.uid && head.gid != static_cast<gid_t>(-1));
  const auto what = read_command(block, start);
  const auto* cwd = block.path(head.cwd);
  const auto* log_directory = block.path(head.log_directory);
  const auto* output_log = block.path(head.output_log);
  const auto* error_log = block.path(head.error_log);
  check(setsid() >= 0, stage::session);
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  check(null >= 0 && dup2(null, 0) == 0, stage::standard_input);
  close(null);
  const int score = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  // A user's keeper may not touch it, and has not raised it either.
  (void)!write(score, "0", 1);
  close(score);
  char opened = 0;
  if (read(channel, &opened, 1) != 1)
    _exit(127);
  set_limits(block);
  become_user(block);
  umask(077);
  if (mkdir(log_directory, 0700) != 0)
    check(errno == EEXIST, stage::log_directory);
  open_log(output_log, start.uid, 1, stage::standard_output_log);
  open_log(error_log, start.uid, 2, stage::standard_error_log);
  check(chdir(cwd) == 0, stage::working_directory);
  umask(head.umask & 0777);
  close_others(channel, channel);
  sigset_t nothing;
  sigemptyset(&nothing);
  sigprocmask(SIG_SETMASK, &nothing, nullptr);
  search_and_execute(what);
}

} // namespace hiisi::keeper
