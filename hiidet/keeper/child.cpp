#include "hiidet/keeper/keeper.hpp"

#include <grp.h>
#include <linux/capability.h>
#include <sys/mman.h>

namespace hiisi::keeper {
namespace {

/// What is left to read of the launch block, which ends in a NUL.
char* next = nullptr;
const char* end = nullptr;

/// argv and the environment, as pointers. execve itself takes fewer.
constexpr uint32_t max_words = 1 << 17;
char* words[2 * max_words + 8];

void report(stage at, int error) {
  const wire::gate_report said{at, error};
  send(child_gate, &said, sizeof said, MSG_NOSIGNAL);
}

/// What this start has made, as the user: the directory of the logs, and the
/// logs on descriptors 1 and 2. Of a start that fails nothing stays, not even
/// empty logs. "" is what it has not made.
const char* made[3] = {"", "", ""};

/// Ends the child unless it goes well, with errno.
void check(bool good, stage at) {
  HIISI_CRASH_POINT("child.step");
  if (good)
    return;
  report(at, errno);
  for (int fd = 1; fd <= 2; ++fd)
    if (lseek(fd, 0, SEEK_END) == 0)
      unlink(made[fd]);
  rmdir(made[0]);
  _exit(127);
}

char* string() {
  errno = EINVAL;
  check(next < end, stage::launch_block);
  return std::exchange(next, next + strlen(next) + 1);
}

const wire::launch_header& read_header(const wire::message& facts) {
  constexpr int sealed
      = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
  const int seals = fcntl(child_block, F_GET_SEALS);
  const auto size = static_cast<size_t>(lseek(child_block, 0, SEEK_END));
  auto* block = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE,
                     child_block, 0);
  errno = EINVAL;
  check(block != MAP_FAILED && size <= wire::max_launch_bytes && seals >= 0
            && (seals & sealed) == sealed,
        stage::launch_block);
  const auto& head = *static_cast<const wire::launch_header*>(block);
  const auto strings = sizeof head
                       + head.limit_count * sizeof(wire::launch_limit)
                       + head.group_count * sizeof(gid_t);
  next = static_cast<char*>(block) + strings;
  end = static_cast<char*>(block) + size;
  check(head.magic == wire::launch_magic && strings < size && end[-1] == '\0'
            && head.uid == facts.uid && head.gid != static_cast<gid_t>(-1)
            && head.argc > 0 && head.argc < max_words && head.envc < max_words,
        stage::launch_block);
  return head;
}

/// Sets `environ`.
void read_command(const wire::launch_header& head, const wire::message& facts,
                  int held) {
  static char ours[4][64];
  auto** word = words;
  for (uint32_t i = 0; i < head.argc; ++i)
    *word++ = string();
  environ = ++word;
  snprintf(ours[0], sizeof *ours, "HIISI_ID=%u", facts.id);
  snprintf(ours[1], sizeof *ours, "HIISI_RUN=%lu", facts.started_at);
  snprintf(ours[2], sizeof *ours, "LISTEN_FDS=%d", held);
  snprintf(ours[3], sizeof *ours, "LISTEN_PID=%d", getpid());
  for (int i = 0; i < (held > 0 ? 4 : 2); ++i)
    *word++ = ours[i];
  for (uint32_t i = 0; i < head.envc; ++i)
    *word++ = string();
}

void set_limits(const wire::launch_header& head,
                const wire::launch_limit* limit) {
  check(setrlimit(RLIMIT_NOFILE, &given.files) == 0, stage::limits);
  for (const auto* last = limit + head.limit_count; limit < last; ++limit) {
    const rlimit wanted{limit->soft, limit->hard};
    // Which of them is the daemon's word; the kernel says whether it is one.
    check(syscall(SYS_prlimit64, 0, limit->resource, &wanted, nullptr) == 0,
          stage::limits);
  }
}

/// Becomes the user and proves that there is no way back.
void become_user(uid_t uid, gid_t gid, const gid_t* groups, uint32_t count) {
  const __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3]{};
  __user_cap_header_struct version{_LINUX_CAPABILITY_VERSION_3, 0};
  uid_t u[3], g[3];
  if (geteuid() != 0)
    return; // A user's own keeper, which has nothing to give up.
  check(setgroups(count, groups) == 0, stage::groups);
  check(setresgid(gid, gid, gid) == 0, stage::gid);
  check(setresuid(uid, uid, uid) == 0, stage::uid);
  check(uid == 0
            || (syscall(SYS_capset, &version, none) == 0
                && getresuid(&u[0], &u[1], &u[2]) == 0
                && getresgid(&g[0], &g[1], &g[2]) == 0
                && std::count(u, u + 3, uid) == 3
                && std::count(g, g + 3, gid) == 3 && setuid(0) != 0
                && (gid == 0 || setgid(0) != 0)),
        stage::irrevocable);
}

/// Opens a log as the user, on `target`.
void open_log(const char* name, uid_t uid, int target, stage at) {
  constexpr int flags = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK
                        | O_CLOEXEC | O_NOCTTY;
  struct stat file {};
  int fd = open(name, flags | O_EXCL, 0600);
  made[target] = fd < 0 ? "" : name;
  if (fd < 0 && errno == EEXIST)
    fd = open(name, flags, 0600);
  check(fd >= 0 && fstat(fd, &file) == 0, at);
  errno = !S_ISREG(file.st_mode) ? ENXIO
          : file.st_uid != uid   ? EPERM
          : file.st_nlink != 1   ? EMLINK
                                 : 0;
  check(errno == 0, at);
  check(fcntl(fd, F_SETFL, O_APPEND) == 0 && dup2(fd, target) == target, at);
}

} // namespace

void run_child(int block, int gate, const wire::message& facts) {
  // Nothing of the keeper's stays open while this one waits, however long.
  int after_held = child_held;
  for (const auto& one : shelves)
    for (uint32_t i = 0; one.id == facts.id && i < one.count; ++i)
      dup2(one.fds[i], after_held++);
  dup2(gate, child_gate);
  dup2(block, child_block);
  check(close_range(child_block + 1, ~0U, 0) == 0, stage::descriptors);
  const auto& head = read_header(facts);
  const auto* limits = reinterpret_cast<const wire::launch_limit*>(&head + 1);
  const auto* groups
      = reinterpret_cast<const gid_t*>(limits + head.limit_count);
  const auto *cwd = string(), *log_directory = string();
  const auto *output_log = string(), *error_log = string();
  read_command(head, facts, after_held - child_held);
  // What the whole tree is held to comes last, where there is any. Without the
  // controller the limits of single processes must do; of CPUs there are none.
  for (const auto* file : {"/memory.max", "/pids.max", "/cpu.max"}) {
    const auto* most = next < end ? string() : "";
    const auto* path = given.cgroup != nullptr ? leaf_path(facts, file) : "";
    check(*most == '\0' || write_text(path, most)
              || (access(path, F_OK) != 0 && file[1] != 'c'),
          stage::tree_limits);
  }
  check(setsid() >= 0, stage::session);
  const int null = open("/dev/null", O_RDONLY);
  check(null >= 0 && dup2(null, 0) == 0, stage::standard_input);
  // A user's keeper may not lower the score, and has not raised it either.
  write_text("/proc/self/oom_score_adj", "0");
  char opened = 0;
  if (read(child_gate, &opened, 1) != 1)
    _exit(127);
  HIISI_CRASH_POINT("child.released");
  // A user's keeper that was itself started with a lower priority may not
  // raise it for its services; they run with its own.
  check(setpriority(PRIO_PROCESS, 0, head.nice) == 0
            || (geteuid() != 0 && errno == EACCES),
        stage::limits);
  become_user(head.uid, head.gid, groups, head.group_count);
  set_limits(head, limits); // As the user, who cannot raise any.
  umask(077);
  made[0] = mkdir(log_directory, 0700) == 0 ? log_directory : "";
  check(*made[0] != '\0' || errno == EEXIST, stage::log_directory);
  open_log(output_log, facts.uid, 1, stage::standard_output_log);
  open_log(error_log, facts.uid, 2, stage::standard_error_log);
  check(chdir(cwd) == 0, stage::working_directory);
  umask(head.umask & 0777);
  check(close_range(static_cast<unsigned>(after_held), ~0U, CLOSE_RANGE_CLOEXEC)
            == 0,
        stage::descriptors);
  const sigset_t nothing{};
  sigprocmask(SIG_SETMASK, &nothing, nullptr);
  report(stage::execute, 0);
  // Searches the PATH of the new `environ`.
  check(execvp(words[0], words) == 0, stage::execute);
  _exit(127);
}

} // namespace hiisi::keeper
