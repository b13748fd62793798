#include "hiidet/keeper/cgroup.hpp"

#include "hiidet/keeper/proc.hpp"
#include "hiidet/keeper/setup.hpp"

#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace hiisi::keeper {
namespace {

constexpr int kill_passes = 16;

/// The directory that holds `name`, or -1 where there are no cgroups.
int base = -1;
const char* top = nullptr;

/// The path of a file in the slot's leaf, from `base`; of the leaf itself for
/// "". Good until the next call.
const char* leaf_path(const slot& one, const char* file = "") {
  static char path[NAME_MAX + 64];
  snprintf(path, sizeof path, "%s/%u/%u/%s", top, one.facts.uid, one.facts.id,
           file);
  return path;
}

bool is_writable(const char* directory) {
  char procs[PATH_MAX];
  snprintf(procs, sizeof procs, "%s/cgroup.procs", directory);
  return faccessat(AT_FDCWD, directory, W_OK, AT_EACCESS) == 0
         && faccessat(AT_FDCWD, procs, W_OK, AT_EACCESS) == 0;
}

/// Whether systemd has handed the cgroup over to us, by its own mark.
bool is_delegated(const char* directory) {
  return strlen(directory) > 8
         && strcmp(directory + strlen(directory) - 8, ".service") == 0
         && (getxattr(directory, "trusted.delegate", nullptr, 0) >= 0
             || getxattr(directory, "user.delegate", nullptr, 0) >= 0);
}

/// Finds the cgroup2 mount and the part of the hierarchy that it shows.
bool find_mount(char* mount, char* root) {
  char line[2 * PATH_MAX];
  bool found = false;
  auto* file = fopen("/proc/self/mountinfo", "re");
  while (file != nullptr && !found && fgets(line, sizeof line, file) != nullptr)
    found = strstr(line, " - cgroup2 ") != nullptr
            && sscanf(line, "%*s %*s %*s %4095s %4095s", root, mount) == 2;
  if (file != nullptr)
    fclose(file);
  return found;
}

/// Where our own cgroup lies below the mount.
void find_own(const char* mount, const char* root, char* own) {
  char text[2 * PATH_MAX];
  strcpy(own, mount);
  if (read_at(AT_FDCWD, "/proc/self/cgroup", text, sizeof text) < 0)
    return;
  char* path = strncmp(text, "0::", 3) == 0 ? text + 3 : strstr(text, "\n0::");
  if (path == nullptr)
    return;
  path += *path == '\n' ? 4 : 0;
  path[strcspn(path, "\n")] = '\0';
  const auto hidden = strcmp(root, "/") == 0 ? 0 : strlen(root);
  if (strncmp(path, root, hidden) == 0 && strcmp(path + hidden, "/") != 0
      && strlen(mount) + strlen(path + hidden) < PATH_MAX)
    strcat(own, path + hidden);
}

/// Calls `act` with a handle of each process that cgroup.procs lists and that
/// is still there once the handle is open.
template <class Action>
void each_process(const slot& one, Action act) {
  static char listing[65536];
  static char home[8192];
  char expected[PATH_MAX];
  snprintf(expected, sizeof expected, "/%s/%u/%u\n", top, one.facts.uid,
           one.facts.id);
  const int list
      = openat(base, leaf_path(one, "cgroup.procs"), O_RDONLY | O_CLOEXEC);
  int32_t pid = 0;
  ssize_t size = 0;
  while ((size = read(list, listing, sizeof listing)) > 0) {
    for (ssize_t i = 0; i < size; ++i) {
      if (listing[i] != '\n') {
        pid = pid * 10 + (listing[i] - '0');
        continue;
      }
      const int process
          = pid == one.facts.pid && one.pidfd >= 0 ? -1 : open_process(pid);
      pid = 0;
      if (process < 0)
        continue;
      const auto length = read_at(process, "cgroup", home, sizeof home);
      const auto end = static_cast<long>(strlen(expected));
      if (length >= end && strcmp(home + length - end, expected) == 0)
        act(process);
      close(process);
    }
  }
  close(list);
}

} // namespace

void find_cgroups(const char* name) {
  char mount[PATH_MAX];
  char root[PATH_MAX];
  char own[PATH_MAX];
  if (strcmp(name, "none") == 0 || !find_mount(mount, root))
    return;
  find_own(mount, root, own);
  const char* chosen = nullptr;
  if (is_writable(own) && (!given.root || is_delegated(own)))
    chosen = own;
  else if (given.root && is_writable(mount))
    chosen = mount;
  if (chosen == nullptr)
    return;
  base = open(chosen, O_PATH | O_DIRECTORY | O_CLOEXEC);
  top = name;
}

bool have_cgroups() {
  return base >= 0;
}

int open_leaf(slot& one) {
  char above[NAME_MAX + 32];
  for (int tries = 0; mkdirat(base, leaf_path(one), 0755) != 0; ++tries) {
    if (errno == EEXIST)
      break;
    if (errno != ENOENT || tries > 0)
      return -1;
    mkdirat(base, top, 0755);
    snprintf(above, sizeof above, "%s/%u", top, one.facts.uid);
    mkdirat(base, above, 0755);
  }
  const int leaf
      = openat(base, leaf_path(one), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (leaf < 0)
    return -1;
  struct stat file {};
  fstat(leaf, &file);
  one.facts.cgroup_id = file.st_ino;
  const int events = openat(leaf, "cgroup.events", O_RDONLY | O_CLOEXEC);
  const bool busy = is_populated(events);
  close(events);
  if (!busy)
    return leaf;
  close(leaf);
  errno = EBUSY;
  return -1;
}

void remove_leaf(const slot& one) {
  char above[NAME_MAX + 32];
  if (one.facts.cgroup_id == 0)
    return;
  snprintf(above, sizeof above, "%s/%u", top, one.facts.uid);
  if (unlinkat(base, leaf_path(one), AT_REMOVEDIR) == 0
      && unlinkat(base, above, AT_REMOVEDIR) == 0)
    unlinkat(base, top, AT_REMOVEDIR);
}

void signal_leaf(const slot& one, int number) {
  each_process(one, [number](int process) { send_signal(process, number); });
}

void kill_leaf(const slot& one) {
  const int fd
      = openat(base, leaf_path(one, "cgroup.kill"), O_WRONLY | O_CLOEXEC);
  const bool killed = fd >= 0 && write(fd, "1", 1) == 1;
  close(fd);
  // Kernels before 5.14 have no such file.
  for (int pass = 0; !killed && pass < kill_passes; ++pass)
    signal_leaf(one, SIGKILL);
}

int watch_leaf(const slot& one) {
  int events
      = openat(base, leaf_path(one, "cgroup.events"), O_RDONLY | O_CLOEXEC);
  if (events < 0) {
    if (errno != ENOENT)
      log_line(4, "cannot see whether a cgroup is empty", errno);
    return -1;
  }
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
