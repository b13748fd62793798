#include "hiidet/keeper/keeper.hpp"

#include <cctype>
#include <climits>
#include <cstdlib>
#include <string_view>

#include <dirent.h>
#include <linux/magic.h>
#include <poll.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>

namespace hiisi::keeper {
namespace {

/// A chain of forks that outruns this many scans needs a cgroup.
constexpr int kill_passes = 16;
/// How often, a millisecond apart, a scan waits for what it cannot place yet.
constexpr int scan_patience = 20;

/// The directory that holds the one of our name, or -1 without cgroups.
int base = -1;

/// A file's text, cut to what the buffer holds, which ends it with NUL; empty
/// where it cannot be read.
template <size_t N>
std::string_view read_file(int directory, const char* path, char (&buffer)[N]) {
  const int fd = openat(directory, path, O_RDONLY | O_CLOEXEC);
  size_t size = 0;
  for (ssize_t got = 0;
       (got = read(fd, buffer + size, sizeof buffer - 1 - size)) > 0;)
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
  return read_file(AT_FDCWD, path, text);
}

/// Signals the process if, once a handle holds it, so that no later one of its
/// number is meant, `is_meant()`. A SIGTERM is followed by SIGCONT, since a
/// stopped process would not see it.
template <class Check>
void signal_if(int32_t pid, int number, Check is_meant) {
  const auto process = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (is_meant()
      && syscall(SYS_pidfd_send_signal, process, number, nullptr, 0) == 0
      && number == SIGTERM)
    syscall(SYS_pidfd_send_signal, process, SIGCONT, nullptr, 0);
  close(process);
}

// -- cgroup v2 ----------------------------------------------------------------

/// The path of the slot's leaf, or of a file in it, from `base`; good until
/// the next call.
char* leaf_path(const slot& one, const char* file) {
  static char path[NAME_MAX + 64];
  snprintf(path, sizeof path, "%s/%u/%u%s", given.cgroup, one.facts.uid,
           one.facts.id, file);
  return path;
}

/// Signals every process in the leaf but the slot's first.
void signal_leaf(const slot& one, int number) {
  static char members[1 << 20];
  char home[NAME_MAX + 66]; // One more for the slash, and room for its NUL.
  (void)read_file(base, leaf_path(one, "/cgroup.procs"), members);
  snprintf(home, sizeof home, "/%s", leaf_path(one, "\n"));
  char* at = members;
  while (const auto pid = static_cast<int32_t>(strtol(at, &at, 10)))
    if (pid != pids[index_of(one)])
      signal_if(pid, number,
                [&] { return read_proc(pid, "cgroup").ends_with(home); });
}

// -- /proc --------------------------------------------------------------------

/// The slot that the process was started for, as `environment` says.
slot* labelled(std::string_view environment) {
  const auto at = environment.find("HIISI_RUN=");
  uint32_t id = 0;
  uint32_t run = 0;
  char nonce[sizeof given.nonce] = "";
  if (at == std::string_view::npos)
    return nullptr;
  sscanf(environment.data() + at, "HIISI_RUN=%u.%u.%16s", &id, &run, nonce);
  auto* one = find(ids, id);
  const bool ours = one != nullptr && one->facts.run == run
                    && strcmp(nonce, given.nonce) == 0;
  return ours ? one : nullptr;
}

/// The slot to which a living process belongs. An orphan of ours in the midst
/// of execve or of its end shows nothing of itself; it is given `patience`
/// milliseconds, which fall below zero when it could not be placed.
slot* owner_of(int32_t process, int& patience) {
  proc_stat seen;
  // The kernel's own have no group.
  while (read_stat(process, seen) && !seen.dead && seen.group != 0) {
    for (const auto number : {process, seen.session, seen.group})
      if (auto* one = find(pids, number))
        return one;
    const auto environment = read_proc(process, "environ");
    // Who has merely cleaned its environment still has a command line.
    if (!environment.empty() || seen.parent != getpid()
        || !read_proc(process, "cmdline").empty())
      return labelled(environment);
    if (patience < 0 || --patience < 0)
      return nullptr;
    poll(nullptr, 0, 1);
  }
  return nullptr;
}

} // namespace

bool read_stat(int32_t pid, proc_stat& seen) {
  char state = 0;
  unsigned threads = 0;
  // The name in parentheses may hold anything, parentheses too.
  const auto text = read_proc(pid, "stat");
  const auto end = std::min(text.rfind(')'), text.size());
  const int found
      = sscanf(text.data() + end,
               ") %c %d %d %d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d "
               "%*d %*d %u %*d %lu",
               &state, &seen.parent, &seen.group, &seen.session, &threads,
               &seen.start_ticks);
  // The first thread may end before the others.
  seen.dead = state == 'X' || (state == 'Z' && threads <= 1);
  return found == 6;
}

void find_cgroups() {
  char own[PATH_MAX];
  struct statfs system {};
  if (strcmp(given.cgroup, "none") == 0)
    return;
  // Our own lies where the line of cgroup v2, the last, says.
  auto ours = read_proc(getpid(), "cgroup");
  ours.remove_prefix(std::min(ours.rfind("0::/") + 3, ours.size()));
  const auto length = static_cast<int>(std::min(ours.find('\n'), ours.size()));
  for (const auto* mount : {"/sys/fs/cgroup/unified", "/sys/fs/cgroup"}) {
    if (statfs(mount, &system) != 0 || system.f_type != CGROUP2_SUPER_MAGIC)
      continue;
    snprintf(own, sizeof own, "%s%.*s", mount, length, ours.data());
    // systemd marks what it has handed over.
    const bool delegated = getxattr(own, "trusted.delegate", nullptr, 0) >= 0
                           || getxattr(own, "user.delegate", nullptr, 0) >= 0;
    base = open(given.root && !delegated ? mount : own,
                O_PATH | O_DIRECTORY | O_CLOEXEC);
    break;
  }
  if (faccessat(base, ".", W_OK, AT_EACCESS) == 0
      && faccessat(base, "cgroup.procs", W_OK, AT_EACCESS) == 0)
    return;
  close(base);
  base = -1;
}

bool have_cgroups() {
  return base >= 0;
}

int open_leaf(slot& one) {
  auto* path = leaf_path(one, "");
  struct stat file {};
  for (int tries = 0; mkdirat(base, path, 0755) != 0; ++tries) {
    // An earlier keeper's; the kernel keeps it where anything lives in it.
    if ((errno == EEXIST && unlinkat(base, path, AT_REMOVEDIR) != 0)
        || tries == 2)
      return -1;
    for (auto* end = strchr(path, '/'); end != nullptr;
         end = strchr(end + 1, '/')) {
      *end = '\0';
      mkdirat(base, path, 0755);
      *end = '/';
    }
  }
  const int leaf = openat(base, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (leaf >= 0 && fstat(leaf, &file) == 0)
    one.facts.cgroup_id = file.st_ino;
  return leaf;
}

void remove_leaf(const slot& one) {
  auto* path = leaf_path(one, "");
  while (unlinkat(base, path, AT_REMOVEDIR) == 0)
    if (auto* end = strrchr(path, '/'))
      *end = '\0';
}

int watch_leaf(const slot& one) {
  int events
      = openat(base, leaf_path(one, "/cgroup.events"), O_RDONLY | O_CLOEXEC);
  if (!is_populated(events) || !watch(events, index_of(one), EPOLLPRI))
    unwatch(events);
  return events;
}

bool is_populated(int events) {
  char text[256]{};
  return pread(events, text, sizeof text - 1, 0) > 0
         && strstr(text, "populated 1") != nullptr;
}

bool scan(const slot* target, int number) {
  // Opened once, for to open it takes heap.
  static DIR* const proc = opendir("/proc");
  int patience = scan_patience;
  for (auto* one = slots; one < slots + slots_end; ++one)
    one->alive = false;
  rewinddir(proc);
  while (const auto* item = readdir(proc)) {
    const auto pid = static_cast<int32_t>(strtol(item->d_name, nullptr, 10));
    if (pid == 0)
      continue;
    (void)see_end(P_PID, pid);
    auto* one = owner_of(pid, patience);
    if (one == nullptr)
      continue;
    one->alive = true;
    if (one->killed || (one == target && pid != pids[index_of(*one)]))
      signal_if(pid, one->killed ? SIGKILL : number,
                [&] { return owner_of(pid, patience) == one; });
  }
  return patience >= 0;
}

void signal_process(int32_t pid, int number) {
  signal_if(pid, number, [] { return true; });
}

void signal_tree(const slot& one, int number) {
  signal_process(pids[index_of(one)], number);
  if (have_cgroups())
    return signal_leaf(one, number);
  scan(&one, number);
  on_child_signal(); // what the scan has seen end
}

void kill_tree(slot& one) {
  one.killed = true;
  const int fd
      = openat(base, leaf_path(one, "/cgroup.kill"), O_WRONLY | O_CLOEXEC);
  const bool done = have_cgroups() && write(fd, "1", 1) == 1;
  close(fd);
  if (!done)
    signal_tree(one, SIGKILL);
  for (int pass = 0; !have_cgroups() && pass < kill_passes
                     && one.facts.how_far != phase::empty;
       ++pass)
    on_child_signal();
}

} // namespace hiisi::keeper
