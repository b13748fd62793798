#include "hiidet/keeper/tree.hpp"

#include "hiidet/keeper/proc.hpp"
#include "hiidet/keeper/setup.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

namespace hiisi::keeper {
namespace {

/// More processes than this on one host are not looked at.
constexpr uint32_t max_processes = 65536;
/// A chain of forks that outruns this many passes needs a cgroup.
constexpr int kill_passes = 16;

struct entry {
  proc_stat facts;
  slot* owner;
};

/// In rising order of pid, as /proc lists them.
entry seen[max_processes];
uint32_t count = 0;
bool fresh = false;

const entry* find_entry(int32_t pid) {
  uint32_t low = 0;
  for (uint32_t high = count; low < high;) {
    const auto middle = (low + high) / 2;
    if (seen[middle].facts.pid < pid)
      low = middle + 1;
    else
      high = middle;
  }
  return low < count && seen[low].facts.pid == pid ? &seen[low] : nullptr;
}

/// The slot that a process was started for, as its environment says.
slot* labelled(int32_t pid) {
  static char environment[256 * 1024];
  char path[32];
  snprintf(path, sizeof path, "/proc/%d/environ", pid);
  const auto size = read_at(AT_FDCWD, path, environment, sizeof environment);
  static constexpr char name[] = "HIISI_RUN=";
  for (const char* at = environment; size > 0 && at < environment + size;
       at += strlen(at) + 1) {
    if (strncmp(at, name, sizeof name - 1) != 0)
      continue;
    at += sizeof name - 1;
    auto* one = find_id(static_cast<uint32_t>(strtoul(at, nullptr, 10)));
    char expected[64];
    if (one != nullptr)
      snprintf(expected, sizeof expected, "%u.%u.%s", one->facts.id,
               one->facts.run, given.nonce);
    return one != nullptr && strcmp(at, expected) == 0 ? one : nullptr;
  }
  return nullptr;
}

slot* direct_owner(const proc_stat& facts) {
  if (auto* one = find_pid(facts.pid))
    return one;
  if (auto* one = find_pid(facts.session))
    return one;
  if (auto* one = find_pid(facts.group))
    return one;
  return facts.parent == getpid() && !facts.zombie ? labelled(facts.pid)
                                                   : nullptr;
}

void list_processes() {
  alignas(dirent64) static char buffer[32768];
  count = 0;
  const int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ssize_t size = 0;
  while ((size = getdents64(proc, buffer, sizeof buffer)) > 0) {
    for (ssize_t at = 0; at < size;) {
      const auto* item = reinterpret_cast<const dirent64*>(buffer + at);
      at += item->d_reclen;
      const auto pid = static_cast<int32_t>(strtol(item->d_name, nullptr, 10));
      if (pid > 0 && count < max_processes && read_stat(pid, seen[count].facts))
        ++count;
    }
  }
  close(proc);
  if (count == max_processes)
    log_line(4, "too many processes to look at all of them");
}

/// Sends the signal if the entry's process is still the one that was seen.
void signal_entry(const entry& one, int number) {
  const int process = open_process(one.facts.pid);
  proc_stat now;
  if (process >= 0 && read_stat_at(process, now)
      && now.start_ticks == one.facts.start_ticks)
    send_signal(process, number);
  close(process);
}

} // namespace

void scan_processes() {
  fresh = true;
  for (uint32_t i = 0; i < slots_touched(); ++i)
    slot_at(i).alive = 0;
  list_processes();
  for (uint32_t i = 0; i < count; ++i)
    seen[i].owner = direct_owner(seen[i].facts);
  for (bool changed = true; changed;) {
    changed = false;
    for (uint32_t i = 0; i < count; ++i) {
      if (seen[i].owner != nullptr)
        continue;
      const auto* parent = find_entry(seen[i].facts.parent);
      seen[i].owner = parent == nullptr ? nullptr : parent->owner;
      changed = changed || seen[i].owner != nullptr;
    }
  }
  for (uint32_t i = 0; i < count; ++i)
    if (seen[i].owner != nullptr && !seen[i].facts.zombie)
      ++seen[i].owner->alive;
}

void outdate_scan() {
  fresh = false;
}

void for_each_zombie_child(void (*act)(int32_t pid)) {
  const auto self = getpid();
  for (uint32_t i = 0; i < count; ++i)
    if (seen[i].facts.zombie && seen[i].facts.parent == self)
      act(seen[i].facts.pid);
}

void signal_scanned(slot& one, int number) {
  if (!fresh)
    scan_processes();
  for (uint32_t i = 0; i < count; ++i)
    if (seen[i].owner == &one && !seen[i].facts.zombie
        && seen[i].facts.pid != one.facts.pid)
      signal_entry(seen[i], number);
}

void kill_scanned(slot& one) {
  for (int pass = 0; pass < kill_passes; ++pass) {
    scan_processes();
    if (one.alive == 0)
      return;
    for (uint32_t i = 0; i < count; ++i)
      if (seen[i].owner == &one && !seen[i].facts.zombie)
        signal_entry(seen[i], SIGKILL);
  }
}

} // namespace hiisi::keeper
