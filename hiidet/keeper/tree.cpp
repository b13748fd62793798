#include "hiidet/keeper/keeper.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace hiisi::keeper {
namespace {

/// More processes than this on one host are not looked at.
constexpr uint32_t max_processes = 65536;
/// A chain of forks that outruns this many passes needs a cgroup.
constexpr int kill_passes = 16;
/// How often a scan is tried, a millisecond apart, until it can place all.
constexpr int scan_tries = 20;

struct entry {
  proc_stat facts;
  slot* owner;
};

/// In rising order of pid, as /proc lists them.
entry seen[max_processes];
uint32_t count = 0;
bool fresh = false;
/// The scan has met a process that it cannot place just now: one in the midst
/// of execve or of its end shows no environment, and one whose parent ended
/// meanwhile has another by now.
bool undecided = false;

/// The slot that a process was started for, as its environment says.
slot* labelled(int32_t pid) {
  static char text[256 * 1024];
  char path[32];
  char expected[64];
  snprintf(path, sizeof path, "/proc/%d/environ", pid);
  const auto size = read_at(AT_FDCWD, path, text, sizeof text);
  if (size == 0) {
    // Whoever has merely cleaned its environment still has a command line.
    snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
    undecided = undecided || read_at(AT_FDCWD, path, text, sizeof text) == 0;
  }
  const auto* label
      = size <= 0 ? nullptr
                  : memmem(text, static_cast<size_t>(size), "HIISI_RUN=", 10);
  if (label == nullptr)
    return nullptr;
  const auto* value = static_cast<const char*>(label) + 10;
  auto* one = find_id(static_cast<uint32_t>(strtoul(value, nullptr, 10)));
  if (one == nullptr)
    return nullptr;
  snprintf(expected, sizeof expected, "%u.%u.%s", one->facts.id, one->facts.run,
           given.nonce);
  return strcmp(value, expected) == 0 ? one : nullptr;
}

slot* owner_of(const proc_stat& facts) {
  for (const auto number : {facts.pid, facts.session, facts.group})
    if (auto* one = find_pid(number))
      return one;
  if (facts.parent == getpid())
    return labelled(facts.pid);
  const auto* parent = std::lower_bound(
      seen, seen + count, facts.parent,
      [](const entry& one, int32_t pid) { return one.facts.pid < pid; });
  if (parent < seen + count && parent->facts.pid == facts.parent)
    return parent->owner;
  proc_stat now;
  undecided
      = undecided || (read_stat(facts.pid, now) && now.parent == getpid());
  return nullptr;
}

void list_processes() {
  alignas(dirent64) static char buffer[32768];
  count = 0;
  const int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ssize_t size = 0;
  while ((size = getdents64(proc, buffer, sizeof buffer)) > 0) {
    const dirent64* item = nullptr;
    for (ssize_t at = 0; at < size; at += item->d_reclen) {
      item = reinterpret_cast<const dirent64*>(buffer + at);
      const auto pid = static_cast<int32_t>(strtol(item->d_name, nullptr, 10));
      seen[count].owner = nullptr;
      if (pid > 0 && read_stat(pid, seen[count].facts)
          && count + 1 < max_processes)
        ++count;
    }
  }
  close(proc);
  if (count + 1 == max_processes)
    log_line(4, "too many processes to look at all of them");
}

void find_owners() {
  for (bool changed = true; changed;) {
    changed = false;
    for (auto* at = seen; at < seen + count; ++at) {
      if (at->owner == nullptr && !at->facts.dead()) {
        at->owner = owner_of(at->facts);
        changed = changed || at->owner != nullptr;
      }
    }
  }
}

/// Signals the slot's processes but `except`, each if it is still the one that
/// was seen.
void signal_seen(const slot& one, int number, int32_t except) {
  for (const auto* at = seen; at < seen + count; ++at) {
    if (at->owner != &one || at->facts.dead() || at->facts.pid == except)
      continue;
    const int process = open_process(at->facts.pid);
    proc_stat now;
    if (process >= 0 && read_stat_at(process, now)
        && now.start_ticks == at->facts.start_ticks)
      send_signal(process, number);
    close(process);
  }
}

} // namespace

bool scan_processes() {
  fresh = true;
  for (int tries = 0; tries < scan_tries; ++tries) {
    undecided = false;
    list_processes();
    find_owners();
    if (!undecided)
      break;
    poll(nullptr, 0, 1);
  }
  for (uint32_t i = 0; i < slots_touched(); ++i)
    slot_at(i).alive = 0;
  for (const auto* at = seen; at < seen + count; ++at)
    if (at->owner != nullptr)
      ++at->owner->alive;
  return !undecided;
}

void outdate_scan() {
  fresh = false;
}

void for_each_zombie_child(void (*act)(int32_t pid)) {
  for (const auto* at = seen; at < seen + count; ++at)
    if (at->facts.dead() && at->facts.parent == getpid())
      act(at->facts.pid);
}

void signal_scanned(slot& one, int number) {
  if (!fresh)
    (void)scan_processes();
  signal_seen(one, number, one.facts.pid);
}

void kill_scanned(slot& one) {
  for (int pass = 0; pass < kill_passes; ++pass) {
    (void)scan_processes();
    if (one.alive == 0)
      return;
    signal_seen(one, SIGKILL, 0);
  }
}

} // namespace hiisi::keeper
