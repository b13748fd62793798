#include "hiidet/keeper/keeper.hpp"

#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace hiisi::keeper {
namespace {

/// The directory that holds the one of our name, or -1 without cgroups.
int base = -1;

/// The leaves of slots that are free again, to be removed a little later: a
/// restart takes the leaf of the run before it, and to remove a cgroup keeps
/// the kernel's lock on all of them for longer than a start takes.
struct left_leaf {
  uint32_t uid;
  uint32_t id;
};
left_leaf left[wire::max_slots];
uint32_t left_count = 0;
uint64_t next_sweep = 0;
constexpr int sweep_after_ms = 1000;
constexpr int sweep_pause_ms = 20;
constexpr int sweep_at_once = 32;

/// The path of a file in the slot's leaf, from `base`; of the leaf itself for
/// "". Good until the next call.
const char* leaf_path(const slot& one, const char* file = "") {
  static char path[NAME_MAX + 64];
  snprintf(path, sizeof path, "%s/%u/%u/%s", given.cgroup, one.facts.uid,
           one.facts.id, file);
  return path;
}

/// The path of the directory of the slot's user.
const char* user_path(const slot& one) {
  static char path[NAME_MAX + 32];
  snprintf(path, sizeof path, "%s/%u", given.cgroup, one.facts.uid);
  return path;
}

/// Removes the slot's leaf, and what is empty above it.
void remove_leaf(const slot& one) {
  if (unlinkat(base, leaf_path(one), AT_REMOVEDIR) == 0
      && unlinkat(base, user_path(one), AT_REMOVEDIR) == 0)
    unlinkat(base, given.cgroup, AT_REMOVEDIR);
}

/// Removes the leaf that was left last, unless a slot uses it again.
void remove_left() {
  const auto last = left[--left_count];
  const auto* user = find_id(last.id);
  slot old{};
  old.facts.uid = last.uid;
  old.facts.id = last.id;
  if (user == nullptr || user->facts.uid != last.uid)
    remove_leaf(old);
}

/// Whether the leaf that the slot needs is one that we left, empty.
bool is_left(const slot& one) {
  for (uint32_t i = 0; i < left_count; ++i)
    if (left[i].id == one.facts.id && left[i].uid == one.facts.uid)
      return true;
  return false;
}

bool is_writable(const char* directory) {
  char procs[PATH_MAX];
  snprintf(procs, sizeof procs, "%s/cgroup.procs", directory);
  return faccessat(AT_FDCWD, directory, W_OK, AT_EACCESS) == 0
         && faccessat(AT_FDCWD, procs, W_OK, AT_EACCESS) == 0;
}

/// Whether systemd has handed the cgroup over to us, by its own mark.
bool is_delegated(const char* directory) {
  return getxattr(directory, "trusted.delegate", nullptr, 0) >= 0
         || getxattr(directory, "user.delegate", nullptr, 0) >= 0;
}

/// Where our own cgroup lies below `mount`; `mount` where that is not told.
void find_own(const char* mount, char (&own)[PATH_MAX]) {
  static char text[2 * PATH_MAX];
  (void)read_at(AT_FDCWD, "/proc/self/cgroup", text, sizeof text);
  // The line of cgroup v2 is the last.
  const char* path = strstr(text, "0::/");
  snprintf(own, sizeof own, "%s%s", mount, path == nullptr ? "" : path + 3);
  own[strcspn(own, "\n")] = '\0';
}

int open_file(const slot& one, const char* file, int flags) {
  return openat(base, leaf_path(one, file), flags | O_CLOEXEC);
}

} // namespace

void find_cgroups() {
  char own[PATH_MAX];
  struct statfs system {};
  if (strcmp(given.cgroup, "none") == 0)
    return;
  for (const auto* mount : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
    if (statfs(mount, &system) != 0 || system.f_type != CGROUP2_SUPER_MAGIC)
      continue;
    find_own(mount, own);
    const char* chosen = nullptr;
    if (is_writable(own) && (!given.root || is_delegated(own)))
      chosen = own;
    else if (given.root && is_writable(mount))
      chosen = mount;
    if (chosen != nullptr)
      base = open(chosen, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return;
  }
}

bool have_cgroups() {
  return base >= 0;
}

int open_leaf(slot& one) {
  bool made = mkdirat(base, leaf_path(one), 0755) == 0;
  if (!made && errno == ENOENT) {
    mkdirat(base, given.cgroup, 0755);
    mkdirat(base, user_path(one), 0755);
    made = mkdirat(base, leaf_path(one), 0755) == 0;
  } else if (!made && errno == EEXIST && !is_left(one)) {
    // An earlier keeper's; the kernel keeps it where anything lives in it.
    made = unlinkat(base, leaf_path(one), AT_REMOVEDIR) == 0
           && mkdirat(base, leaf_path(one), 0755) == 0;
    if (!made)
      return -1;
  }
  const int leaf = open_file(one, "", O_RDONLY | O_DIRECTORY);
  struct stat file {};
  if (leaf >= 0 && fstat(leaf, &file) == 0)
    one.facts.cgroup_id = file.st_ino;
  return leaf;
}

void leave_leaf(const slot& one) {
  if (one.facts.cgroup_id == 0)
    return;
  // A leaf that has once been told to kill serves no more: Linux 6.18 was seen
  // to kill whoever is born into it by CLONE_INTO_CGROUP from outside.
  if (one.killed)
    return remove_leaf(one);
  if (left_count == wire::max_slots)
    remove_left();
  if (left_count == 0)
    next_sweep = monotonic_ms() + sweep_after_ms;
  left[left_count++] = {one.facts.uid, one.facts.id};
}

int sweep_leaves(bool all) {
  if (left_count == 0)
    return -1;
  const auto now = monotonic_ms();
  if (now < next_sweep && !all)
    return static_cast<int>(next_sweep - now);
  for (int i = 0; (i < sweep_at_once || all) && left_count > 0; ++i)
    remove_left();
  next_sweep = now + sweep_pause_ms;
  return left_count == 0 ? -1 : sweep_pause_ms;
}

void signal_leaf(const slot& one, int number) {
  static char pids[1 << 20];
  static char home[8192];
  char ours[PATH_MAX];
  const auto length
      = snprintf(ours, sizeof ours, "/%s/%u\n", user_path(one), one.facts.id);
  (void)read_at(base, leaf_path(one, "cgroup.procs"), pids, sizeof pids);
  char* at = pids;
  while (const auto pid = static_cast<int32_t>(strtol(at, &at, 10))) {
    if (pid == one.facts.pid && one.pidfd >= 0)
      continue;
    // Still in the leaf, now that the handle holds it.
    const int process = open_process(pid);
    const auto size
        = process < 0 ? -1 : read_at(process, "cgroup", home, sizeof home);
    if (size >= length && strcmp(home + size - length, ours) == 0)
      send_signal(process, number);
    close(process);
  }
}

void kill_leaf(const slot& one) {
  const int fd = open_file(one, "cgroup.kill", O_WRONLY);
  if (write(fd, "1", 1) != 1)
    signal_leaf(one, SIGKILL);
  close(fd);
}

int watch_leaf(const slot& one) {
  int events = open_file(one, "cgroup.events", O_RDONLY);
  if (is_populated(events)
      && watch(events, source::events, EPOLLPRI, index_of(one)))
    return events;
  close(events);
  return -1;
}

bool is_populated(int events) {
  char text[256];
  const auto size = pread(events, text, sizeof text - 1, 0);
  text[size > 0 ? size : 0] = '\0';
  return strstr(text, "populated 1") != nullptr;
}

} // namespace hiisi::keeper
