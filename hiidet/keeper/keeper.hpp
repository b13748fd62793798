#pragma once

#include "fault/crash_point.hpp"
#include "protocol/keeper_wire.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/// The parts of the keeper and what they know of each other, file by file.
namespace hiisi::keeper {

namespace wire = keeper_wire;
using wire::kind, wire::phase, wire::stage;

// -- main.cpp: set-up, the loop, the guardian ---------------------------------

/// What is settled at start-up and never changes.
struct setup {
  /// The directory that holds the leaves, or nullptr without cgroups.
  const char* cgroup = nullptr;
  uid_t daemon_uid = 0;
  /// Root alone, and users from this one on, have processes: the others are the
  /// system's own, which nobody logs in as.
  uid_t least_uid = 1;
  bool guarded = false;
  int epoll = -1;
  /// RLIMIT_NOFILE as we found it, for the children.
  rlimit files{};
};

inline setup given;

/// What an epoll event is about: the slot of that index, or one of these.
inline constexpr uint32_t about_listener = wire::max_slots;
inline constexpr uint32_t about_connection = about_listener + 1;
inline constexpr uint32_t about_signals = about_listener + 2;

/// Watches `fd`. False, with errno, when epoll cannot.
bool watch(int fd, uint32_t about, uint32_t events);
/// Stops watching `fd` and closes it: a child that was just forked may still
/// hold a copy, which would keep it in the epoll set.
void unwatch(int& fd);

// -- processes.cpp: the table of processes and their lives --------------------

/// One process of ours and its tree. A free slot is all zero, so that the
/// table costs no memory where it was never used.
struct slot {
  /// What the daemon is told, but for `what`; the id is 0 when it is free, and
  /// the signal is the last one that its tree was sent.
  wire::message facts;
  /// The pidfd of a first process that is no child of ours; when the first has
  /// ended, what tells that its tree has changed; else -1.
  int fd;
  /// The last scan that saw its session alive.
  uint32_t scanned;
};

constinit inline slot slots[wire::max_slots]{};
/// Beside each slot what is looked for among all: its id; the number of its
/// first process, until that is reaped or, without cgroups, while its session
/// lives; when it was forked, which no two were at once; all 0 for none; and
/// whether there is news of it for the daemon.
inline uint32_t ids[wire::max_slots];
inline int32_t pids[wire::max_slots];
inline uint64_t births[wire::max_slots];
inline bool has_news[wire::max_slots];
/// The end of the slots that ever were in use.
inline uint32_t slots_end = 0;

inline uint32_t index_of(const slot& one) {
  return static_cast<uint32_t>(&one - slots);
}

/// Without cgroups: trees are to be looked at.
inline bool to_scan = false;

/// The slot with this number among `numbers`, or nullptr.
template <class T>
slot* find(const T* numbers, T number) {
  const auto* end = numbers + slots_end;
  const auto* at = number == 0 ? end : std::find(numbers, end, number);
  return at == end ? nullptr : slots + (at - numbers);
}

/// The descriptors that are stored for an id; free where that is 0.
struct shelf {
  uint32_t id;
  uint32_t count;
  int fds[wire::max_held];
};

inline shelf shelves[wire::max_holders];

/// Does what the daemon asks. Of the descriptors that came with it, what it
/// keeps it replaces by -1. Returns an errno to refuse with, or 0.
int handle(wire::message& request, int* attached, size_t count);
/// Something has happened on the slot's descriptor.
void on_slot(slot& one);
/// Children have ended: ours, or orphans that came to us.
void on_child_signal();
/// Enters a phase, which is news.
void enter(slot& one, phase next);

// -- link.cpp: the daemon's connection ----------------------------------------

/// The daemon's, or -1.
inline int connection = -1;

void on_listener();
/// Sends what is due, as far as the socket takes it, and reads requests; true
/// when there may be more of them. There is no queue: what the daemon is to be
/// told is seen from the tables, so that one that does not read loses nothing.
bool serve();
/// Answers a greeting: `welcome`, and all that there is. Returns an errno.
int greet(uint32_t version);

// -- child.cpp: between fork and execve ---------------------------------------

/// Descriptors of the keeper that stand for nothing, so that the child has
/// their numbers free: for what is held, its gate and the launch block.
inline constexpr int child_held = 3;
inline constexpr int child_gate = child_held + wire::max_held;
inline constexpr int child_block = child_gate + 1;

/// The forked child's whole life: reads the launch block, waits at the gate,
/// becomes the user, then touches the user's world, then execve. It has the
/// keeper's privileges until it drops them and shares nothing with it. To the
/// environment it adds HIISI_ID=<id> and HIISI_RUN=<when it was forked>, by
/// which a process that has left its session and its parent is still known.
[[noreturn]] void run_child(int block, int gate, const wire::message& facts);

// -- tree.cpp: which processes belong to a slot -------------------------------

/// Writes into a file of the kernel's. False where it is not there, or, with
/// errno, will not have that.
bool write_text(const char* path, const char* text);
/// The path of such a slot's leaf, or of a file in it; good until the next
/// call.
char* leaf_path(const wire::message& facts, const char* file);
/// Makes the leaf `<uid>/<id>` for the slot and opens it; -1 with errno, EBUSY
/// where processes of an earlier keeper's still live in it.
int open_leaf(const slot& one);
/// Removes the slot's leaf, and what is empty above it.
void remove_leaf(const slot& one);
/// The leaf's cgroup.events, watched, or -1 when the leaf is empty.
int watch_leaf(const slot& one);

/// Without cgroups, one pass over /proc. A slot's are its first process, those
/// in the session of that, and those whose environment bears the slot's
/// HIISI_RUN. What leaves both, by a session of its own and a cleaned
/// environment, is lost; only a cgroup holds that. Signals what is `target`'s,
/// and what is of a tree that was to be killed and shows itself only now. Where
/// the first process has ended it watches one of those left, or finds the tree
/// empty.
void scan(const slot* target);

/// Sends the slot's last signal to every process of its tree; SIGKILL ends it
/// for certain.
void signal_tree(const slot& one);

} // namespace hiisi::keeper
