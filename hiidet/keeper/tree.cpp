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

/// A handle holds the process, so that no later one of its number is meant.
int open_process(int32_t pid) {
  return static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
}

/// A SIGTERM is followed by SIGCONT, since a stopped process would not see it.
void send_signal(int process, int number) {
  if (syscall(SYS_pidfd_send_signal, process, number, nullptr, 0) == 0
      && number == SIGTERM)
    syscall(SYS_pidfd_send_signal, process, SIGCONT, nullptr, 0);
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

bool is_writable(const char* directory) {
  char procs[PATH_MAX + 16];
  snprintf(procs, sizeof procs, "%s/cgroup.procs", directory);
  return faccessat(AT_FDCWD, directory, W_OK, AT_EACCESS) == 0
         && faccessat(AT_FDCWD, procs, W_OK, AT_EACCESS) == 0;
}

/// Whether systemd has handed the cgroup over to us, by its own mark.
bool is_delegated(const char* directory) {
  return getxattr(directory, "trusted.delegate", nullptr, 0) >= 0
         || getxattr(directory, "user.delegate", nullptr, 0) >= 0;
}

/// Signals every process in the leaf but the slot's first.
void signal_leaf(const slot& one, int number) {
  static char members[1 << 20];
  char home[NAME_MAX + 64];
  (void)read_file(base, leaf_path(one, "/cgroup.procs"), members);
  snprintf(home, sizeof home, "/%s", leaf_path(one, "\n"));
  char* at = members;
  while (const auto pid = static_cast<int32_t>(strtol(at, &at, 10))) {
    const int process = open_process(pid);
    // Still in the leaf, now that the handle holds it.
    if (pid != pids[index_of(one)] && read_proc(pid, "cgroup").ends_with(home))
      send_signal(process, number);
    close(process);
  }
}

// -- /proc --------------------------------------------------------------------

/// The slot that the process was started for, as `environment` says.
slot* labelled(std::string_view environment) {
  constexpr std::string_view name = "HIISI_RUN=";
  const auto at = environment.find(name);
  char label[64];
  if (at == std::string_view::npos)
    return nullptr;
  const auto* value = environment.data() + at + name.size();
  auto* one = find(ids, static_cast<uint32_t>(strtoul(value, nullptr, 10)));
  if (one == nullptr)
    return nullptr;
  snprintf(label, sizeof label, "%u.%u.%s", one->facts.id, one->facts.run,
           given.nonce);
  return strcmp(value, label) == 0 ? one : nullptr;
}

/// The slot to which a living process belongs. One in the midst of execve or
/// of its end shows nothing of itself; it is given `patience` milliseconds,
/// which fall below zero when it could not be placed.
slot* owner_of(int32_t process, int& patience) {
  proc_stat seen;
  // The kernel's own have no group.
  while (read_stat(process, seen) && !seen.dead && seen.group != 0) {
    for (const auto number : {process, seen.session, seen.group})
      if (auto* one = find(pids, number))
        return one;
    const auto environment = read_proc(process, "environ");
    // Who has merely cleaned its environment still has a command line.
    if (!environment.empty() || !read_proc(process, "cmdline").empty())
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
               ") %c %*d %d %d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d "
               "%*d %*d %u %*d %lu",
               &state, &seen.group, &seen.session, &threads, &seen.start_ticks);
  // The first thread may end before the others.
  seen.dead = state == 'X' || (state == 'Z' && threads <= 1);
  return found == 5;
}

void find_cgroups() {
  static char text[2 * PATH_MAX];
  struct statfs system {};
  if (strcmp(given.cgroup, "none") == 0)
    return;
  for (const auto* mount : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
    if (statfs(mount, &system) != 0 || system.f_type != CGROUP2_SUPER_MAGIC)
      continue;
    // Our own lies where the line of cgroup v2, the last, says.
    const auto ours = read_file(AT_FDCWD, "/proc/self/cgroup", text);
    const auto line = ours.rfind("0::/");
    char own[PATH_MAX];
    snprintf(own, sizeof own, "%s%s", mount,
             line == std::string_view::npos ? "" : text + line + 3);
    own[strcspn(own, "\n")] = '\0';
    const auto* chosen = given.root && !is_delegated(own) ? mount : own;
    if (is_writable(chosen))
      base = open(chosen, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return;
  }
}

bool have_cgroups() {
  return base >= 0;
}

int open_leaf(slot& one) {
  auto* path = leaf_path(one, "");
  struct stat file {};
  int made = mkdirat(base, path, 0755);
  if (made != 0 && errno == EEXIST) {
    // An earlier keeper's; the kernel keeps it where anything lives in it.
    if (unlinkat(base, path, AT_REMOVEDIR) != 0)
      return -1;
    made = mkdirat(base, path, 0755);
  }
  for (auto* end = strchr(path, '/'); made != 0 && end != nullptr;
       end = strchr(end + 1, '/')) {
    *end = '\0';
    mkdirat(base, path, 0755);
    *end = '/';
  }
  if (made != 0 && mkdirat(base, path, 0755) != 0)
    return -1;
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
    const auto wanted = one->killed                                    ? SIGKILL
                        : one == target && pid != pids[index_of(*one)] ? number
                                                                       : 0;
    if (wanted == 0)
      continue;
    const int process = open_process(pid);
    // Still the slot's, now that the handle holds it.
    if (owner_of(pid, patience) == one)
      send_signal(process, wanted);
    close(process);
  }
  return patience >= 0;
}

void signal_process(int32_t pid, int number) {
  const int process = open_process(pid);
  send_signal(process, number);
  close(process);
}

void signal_tree(const slot& one, int number) {
  signal_process(pids[index_of(one)], number);
  if (have_cgroups())
    signal_leaf(one, number);
  else
    scan(&one, number);
}

void kill_tree(slot& one) {
  one.killed = true;
  const int fd
      = openat(base, leaf_path(one, "/cgroup.kill"), O_WRONLY | O_CLOEXEC);
  const bool done = have_cgroups() && write(fd, "1", 1) == 1;
  close(fd);
  if (!done)
    signal_tree(one, SIGKILL);
  for (int pass = 0; !have_cgroups() && pass < kill_passes; ++pass)
    if (scan() && !one.alive)
      return;
}

} // namespace hiisi::keeper
