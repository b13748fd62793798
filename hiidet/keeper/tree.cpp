#include "hiidet/keeper/keeper.hpp"

#include <climits>

#include <dirent.h>
#include <poll.h>

namespace hiisi::keeper {
namespace {

/// How often, a millisecond apart, a scan waits for what it cannot place yet.
constexpr int scan_patience = 20;

/// How many scans there have been.
uint32_t scans = 0;

/// A file's text, cut to what the buffer holds, which ends it with NUL; empty
/// where it cannot be read.
template <size_t N>
std::string_view read_text(const char* path, char (&buffer)[N]) {
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  size_t size = 0;
  for (ssize_t got = 0; (got = read(fd, buffer + size, N - 1 - size)) > 0;)
    size += static_cast<size_t>(got);
  close(fd);
  buffer[size] = '\0';
  return {buffer, size};
}

/// A file of /proc/PID; good until the next call.
std::string_view read_proc(int32_t pid, const char* name) {
  static char text[256 * 1024];
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
  return read_text(path, text);
}

/// A SIGTERM is followed by SIGCONT, since a stopped process would not see it.
void send_signal(int process, uint32_t number) {
  for (auto one = number; one != 0; one = one == SIGTERM ? SIGCONT : 0)
    syscall(SYS_pidfd_send_signal, process, one, nullptr, 0);
  HIISI_CRASH_POINT("keeper.signalled");
}

// -- cgroup v2 ----------------------------------------------------------------

/// Signals every process in the leaf, once a handle holds it and it is seen to
/// be in there still, so that no later one of its number is meant.
void signal_leaf(const slot& one) {
  static char members[1 << 20];
  (void)read_text(leaf_path(one.facts, "/cgroup.procs"), members);
  const auto* home = leaf_path(one.facts, "\n")
                     + (strrchr(given.cgroup, '/') - given.cgroup);
  for (char* at = members;
       const auto pid = static_cast<int32_t>(strtol(at, &at, 10));) {
    const int process = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
    // Our own child's number is not given away before we reap it.
    if (pid == pids[index_of(one)] || read_proc(pid, "cgroup").ends_with(home))
      send_signal(process, one.facts.signal);
    close(process);
  }
}

// -- /proc --------------------------------------------------------------------

/// The slot to which a process belongs while it lives. In the midst of execve
/// it shows nothing of itself; it is given `patience` milliseconds.
slot* owner_of(int32_t pid, int process, int& patience) {
  pollfd death{process, POLLIN, 0};
  for (int wait = 0; poll(&death, 1, wait) == 0; wait = 1) {
    for (const auto number : {pid, getsid(pid)})
      if (auto* one = find(pids, number)) {
        one->scanned = scans;
        return one;
      }
    const auto environment = read_proc(pid, "environ");
    if (const auto at = environment.find("HIISI_RUN="); at < environment.size())
      return find(births, strtoul(environment.data() + at + 10, nullptr, 10));
    // The kernel's own have no session. Who has merely cleaned its environment
    // still has a command line.
    if (!environment.empty() || getsid(pid) == 0
        || !read_proc(pid, "cmdline").empty() || --patience < 0)
      return nullptr;
  }
  return nullptr;
}

} // namespace

bool write_text(const char* path, const char* text) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  const bool done = fd >= 0 && write(fd, text, strlen(text)) > 0;
  close(fd);
  return done;
}

char* leaf_path(const wire::message& facts, const char* file) {
  static char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/%u/%u%s", given.cgroup, facts.uid, facts.id,
           file);
  return path;
}

int open_leaf(const slot& one) {
  for (int tries = 0; mkdir(leaf_path(one.facts, ""), 0755) != 0; ++tries) {
    // An earlier keeper's; the kernel keeps it where anything lives in it.
    if ((errno == EEXIST && rmdir(leaf_path(one.facts, "")) != 0) || tries == 2)
      return -1;
    auto* users = leaf_path(one.facts, "");
    *strrchr(users, '/') = '\0';
    mkdir(users, 0755);
    // A leaf has the controllers that the directory above it hands on. What
    // this host or the directory further up does not have stays away.
    strcat(users, "/cgroup.subtree_control");
    for (const auto* controller : {"+memory", "+pids", "+cpu"})
      write_text(users, controller);
  }
  HIISI_CRASH_POINT("keeper.leaf_made");
  return open(leaf_path(one.facts, ""), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

void remove_leaf(const slot& one) {
  auto* path = leaf_path(one.facts, "");
  // It may be busy for as long as the kernel is about the last one's end.
  if (rmdir(path) != 0)
    rmdir(path);
  HIISI_CRASH_POINT("keeper.leaf_removed");
  *strrchr(path, '/') = '\0';
  rmdir(path);
}

int watch_leaf(const slot& one) {
  char text[256]{};
  int fd = open(leaf_path(one.facts, "/cgroup.events"), O_RDONLY | O_CLOEXEC);
  // It is news from the moment on that it was read last.
  if (read(fd, text, sizeof text - 1) < 0 || !strstr(text, "populated 1")
      || !watch(fd, index_of(one), EPOLLPRI))
    unwatch(fd);
  return fd;
}

void scan(const slot* target) {
  // Opened once, at the start, for to open it takes heap.
  static DIR* const proc = opendir("/proc");
  int patience = scan_patience;
  ++scans;
  rewinddir(proc);
  while (const auto* item = readdir(proc)) {
    const auto pid = static_cast<int32_t>(strtol(item->d_name, nullptr, 10));
    int process
        = pid == 0 ? -1 : static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
    auto* one = process < 0 ? nullptr : owner_of(pid, process, patience);
    if (one != nullptr && (one == target || one->facts.signal == SIGKILL))
      send_signal(process, one->facts.signal);
    if (one != nullptr && one->facts.how_far == phase::ended && one->fd < 0
        && watch(process, index_of(*one), EPOLLIN)) {
      std::swap(one->fd, process);
      enter(*one, phase::ended);
    }
    close(process);
  }
  // An orphan that has ended meanwhile may have left a child that was not there
  // yet when the directory was read; its end has it read again.
  siginfo_t orphan{};
  waitid(P_ALL, 0, &orphan, WEXITED | WNOHANG | WNOWAIT);
  to_scan = to_scan || orphan.si_pid != 0;
  for (auto* one = slots; one < slots + slots_end; ++one) {
    const bool over = one->facts.how_far == phase::ended;
    if (over && one->scanned != scans)
      pids[index_of(*one)] = 0;
    if (over && one->fd < 0 && !to_scan)
      enter(*one, phase::empty);
  }
}

void signal_tree(const slot& one) {
  const bool deadly = one.facts.signal == SIGKILL;
  if (given.cgroup == nullptr) {
    // In the midst of execve it could not be placed.
    if (deadly)
      send_signal(one.fd, SIGKILL);
    scan(&one);
    return;
  }
  const auto* path = leaf_path(one.facts, "/cgroup.kill");
  if (!deadly || !write_text(path, "1"))
    signal_leaf(one);
  HIISI_CRASH_POINT("keeper.leaf_killed");
}

} // namespace hiisi::keeper
