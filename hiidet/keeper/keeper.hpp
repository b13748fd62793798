#pragma once

#include "protocol/keeper_wire.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/// The parts of the keeper and what they know of each other, file by file.
namespace hiisi::keeper {

namespace wire = keeper_wire;
using wire::kind;
using wire::phase;
using wire::stage;

// -- main.cpp: set-up, the loop, the guardian ---------------------------------

/// What is settled at start-up and never changes.
struct setup {
  const char* socket = nullptr;
  const char* cgroup = "hiisi";
  uid_t daemon_uid = 0;
  unsigned idle_exit = 10;
  bool root = false;
  int epoll = -1;
  /// RLIMIT_NOFILE as we found it, for the children, and as we set it.
  rlimit files{};
  rlimit own_files{};
  /// A random word, new for each keeper: part of HIISI_RUN, by which a
  /// process that has left its session and parent is still known as ours.
  char nonce[17] = "";
};

inline setup given;

/// What an epoll event is about: the slot of that index, or one of these.
inline constexpr uint32_t about_listener = wire::max_slots;
inline constexpr uint32_t about_connection = about_listener + 1;
inline constexpr uint32_t about_signals = about_listener + 2;

/// Watches `fd`, or changes what is watched of it. False, with errno, when
/// epoll cannot.
bool watch(int fd, uint32_t about, uint32_t events,
           int operation = EPOLL_CTL_ADD);
/// Stops watching `fd` and closes it: a child that was just forked may still
/// hold a copy, which would keep it in the epoll set.
void unwatch(int& fd);
uint64_t now_ns(clockid_t clock);
uint64_t now_ms();

// -- processes.cpp: the table of processes and their lives --------------------

/// One process of ours and its tree. A free slot is all zero, so that the
/// table costs no memory where it was never used.
struct slot {
  /// What the daemon is told, but for `what`; the id is 0 when it is free. A
  /// start has failed when nothing lives any more and `at` says where.
  wire::message facts;
  /// When it must have reached execve, by now_ms().
  uint64_t deadline;
  /// Our end of the gate, on which the child reports too, until execve; then
  /// -1; the leaf's cgroup.events while that outlives the first process.
  int fd;
  /// What the daemon knows of `how_far`.
  phase told;
  /// A `slot` is still to be sent for it.
  bool unlisted;
  /// The daemon has asked to kill it.
  bool killed;
  /// The last scan of /proc saw something of its tree alive.
  bool alive;
};

constinit inline slot slots[wire::max_slots]{};
/// Beside each slot what is looked for among all: its id and the number of
/// its first process until that is reaped (0 is none), and whether there may
/// be news of it for the daemon.
inline uint32_t ids[wire::max_slots];
inline int32_t pids[wire::max_slots];
inline bool has_news[wire::max_slots];
/// How many slots are in use, and the end of those that ever were.
inline uint32_t slots_used = 0;
inline uint32_t slots_end = 0;

inline uint32_t index_of(const slot& one) {
  return static_cast<uint32_t>(&one - slots);
}

/// The slot with this number in `ids` or `pids`, or nullptr.
template <class T>
slot* find(const T* numbers, T number) {
  const auto* end = numbers + slots_end;
  const auto* at = number == 0 ? end : std::find(numbers, end, number);
  return at == end ? nullptr : slots + (at - numbers);
}

/// Does what the daemon asks. `attached` is the descriptor that came with a
/// `spawn`, the caller's to close. Returns an errno to refuse with, or 0.
int handle(const wire::message& request, int attached);
/// Something has happened on the slot's descriptor.
void on_slot(slot& one);
/// Children have ended: ours, or orphans that came to us.
void on_child_signal();
/// Sees to a child that has ended, any one for P_ALL; false if none has.
bool see_end(int which, int32_t pid);
/// Kills what has not reached execve in time, and looks again at what a scan
/// could not place. Returns the milliseconds until the next look, or -1.
int look_after();
/// Ends every process whose gate the daemon, now gone, has not opened.
void drop_gated();
/// Frees a slot and all that belongs to it.
void forget(slot& one);

// -- link.cpp: the daemon's connection ----------------------------------------

/// Listens on the socket. Null, or what could not be done, with errno.
const char* open_link();
bool connected();
void on_listener();
/// `events` as from epoll: reads requests and sends what is due.
void on_connection(uint32_t events);
/// Sends what is due, as far as the socket takes it. There is no queue: what
/// the daemon is still to be told is seen from `told`, so that one that does
/// not read loses nothing.
void flush();
/// Answers a greeting: `welcome`, all slots, `slots_end`.
void greet(uint32_t flags);

// -- child.cpp: between fork and execve ---------------------------------------

/// Descriptors of the keeper that stand for nothing, so that the child has
/// these two numbers free.
inline constexpr int child_channel = 3;
inline constexpr int child_block = 4;

/// What the child says on its channel when it cannot go on; `execute` without
/// an error when it is about to call execve, which closes the channel.
struct child_report {
  stage at;
  int32_t error;
};

/// The forked child's whole life: reads the launch block, waits at the gate,
/// becomes the user, then touches the user's world, then execve. It has the
/// keeper's privileges until it drops them and shares nothing with it but the
/// channel. To the environment it adds HIISI_ID=<id> and
/// HIISI_RUN=<id>.<run>.<nonce>.
[[noreturn]] void run_child(int channel, int block, const wire::message& facts);

// -- tree.cpp: which processes belong to a slot -------------------------------

/// What /proc/PID/stat tells of a process.
struct proc_stat {
  int32_t parent;
  int32_t group;
  int32_t session;
  bool dead;
  uint64_t start_ticks;
};

bool read_stat(int32_t pid, proc_stat& seen);

/// Finds where leaves can be made: inside our own cgroup where systemd has
/// delegated it; else, for root, under the mount's root; else, for a user, in
/// our own cgroup if it is writable. The name "none" turns cgroups off.
void find_cgroups();
bool have_cgroups();
/// Makes `<name>/<uid>/<id>` for the slot and opens it; -1 with errno, EBUSY
/// where processes of an earlier keeper's still live in it.
int open_leaf(slot& one);
/// Removes the slot's leaf, and what is empty above it.
void remove_leaf(const slot& one);
/// The leaf's cgroup.events, watched, or -1 when the leaf is empty.
int watch_leaf(const slot& one);
bool is_populated(int events);

/// Without cgroups, one pass over /proc. A slot's are the processes in the
/// session or group of its first process, and those whose environment bears
/// the slot's HIISI_RUN. What leaves both, by a session of its own and a
/// cleaned environment, is lost; only a cgroup holds that. Sees to the ends of
/// children, sets slot::alive, signals what is `target`'s but its first
/// process, and kills what belongs to a slot that is `killed`. False when there
/// was a process that could not be placed: one in the midst of execve shows no
/// environment.
bool scan(const slot* target = nullptr, int number = 0);

/// Signals a child of ours that is not reaped yet; 0 is none.
void signal_process(int32_t pid, int number);
void signal_tree(const slot& one, int number);
/// Kills every process of the slot's tree.
void kill_tree(slot& one);

} // namespace hiisi::keeper
