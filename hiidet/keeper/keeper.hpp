#pragma once

#include "protocol/keeper_wire.hpp"

#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/types.h>

/// The parts of the keeper and what they know of each other, file by file.
namespace hiisi::keeper {

namespace wire = keeper_wire;

// -- main.cpp: set-up and the loop --------------------------------------------

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

extern setup given;

/// What an epoll event is about; beside it, in `data.u64`, a slot's index.
enum class source : uint32_t { listener, connection, signals, channel, events };

/// Watches `fd`, or changes what is watched of it. False, with errno, when
/// epoll cannot.
bool watch(int fd, source what, uint32_t events, uint32_t index = 0,
           int operation = EPOLL_CTL_ADD);
/// Stops watching `fd` before closing it: a child that was just forked may
/// still hold a copy, which would keep it in the epoll set.
void unwatch(int& fd);

uint64_t monotonic_ms();

/// One line for the admin on stderr, in the style of sd-daemon:
/// "<4>hiisi-keeper: what: text of `error`" (no text when it is 0).
void log_line(int level, const char* what, int error = 0);

// -- guardian.cpp -------------------------------------------------------------

/// The exit status of a keeper that could not be set up.
inline constexpr int setup_failed = 2;

/// Runs `keeper` in a child and starts it again when it dies by a signal or
/// fails, after a pause where it does so quickly again and again. Passes
/// SIGTERM on. Returns the exit status once the keeper ends well, or could
/// not be set up the first time.
int guard(int (*keeper)());

// -- slots.cpp: the table of processes ----------------------------------------

/// What the daemon has not been told of a slot yet, as bits, sent from the
/// lowest to the highest. There is no queue: a daemon that does not read
/// loses nothing, since what is unsent is kept here.
enum news : uint8_t {
  news_slot = 1,
  news_spawned = 2,
  news_started = 4,
  news_exited = 8,
  news_emptied = 16,
  news_failed = 32,
};

/// One process of ours and its tree. A free slot is all zero, so that the
/// table costs no memory where it was never used.
struct slot {
  /// What the daemon is told, but for `what`; `how_far` is none when free.
  wire::message facts;
  int pidfd;
  /// Our end of the gate, on which the child reports too; -1 once it has
  /// reached execve or ended.
  int channel;
  /// The leaf's cgroup.events, watched while it outlives its first process.
  int events;
  /// When it must have reached execve, by monotonic_ms().
  uint64_t deadline;
  /// How many processes of its tree the last scan of /proc saw alive.
  uint32_t alive;
  /// Links of the tables by id and by pid (index + 1), and of the free list.
  uint16_t next_id;
  uint16_t next_pid;
  uint8_t unsent;
  /// Killed because of its deadline.
  bool overdue;
  /// Its leaf has been told to kill, by a request or the deadline.
  bool killed;
  /// Its first process is left a zombie, so that its number, which names the
  /// session and group, cannot be given away while others still bear it.
  bool held;
};

slot& slot_at(uint32_t index);
uint32_t index_of(const slot& one);
/// How many slots are in use; none at or above slots_touched() ever was.
uint32_t slots_used();
uint32_t slots_touched();
/// A cleared slot for `id`, or nullptr when all are in use.
slot* take_slot(uint32_t id);
/// Makes the slot free. Its descriptors must have been closed.
void return_slot(slot& one);
slot* find_id(uint32_t id);
/// The slot whose first process has this number and is not reaped yet.
slot* find_pid(int32_t pid);
void enter_pid(slot& one);
void leave_pid(slot& one);

// -- link.cpp: the daemon's connection ----------------------------------------

/// Listens on the socket. Null, or what could not be done, with errno.
const char* open_link();
bool connected();
void on_listener();
/// `events` as from epoll: reads requests and sends what is due.
void on_connection(uint32_t events);
/// Sends what is due, as far as the socket takes it.
void flush();
/// Notes news of a slot; flush() sends it.
void tell(slot& one, news what);
/// Forgets the news of a slot that is about to be returned.
void withdraw(slot& one);
/// The answer to a request that no slot stands for. No further request is
/// read until it is sent, so one is all there ever is to keep.
void answer(const wire::message& reply);
/// Answers a greeting: `welcome`, all slots, `slots_end`.
void greet(uint32_t flags);

// -- processes.cpp: their lives -----------------------------------------------

/// Does what the daemon asks. `attached` is the descriptor that came with a
/// `spawn`, the caller's to close. Returns an errno to refuse with, or 0.
int handle(const wire::message& request, int attached);
/// The child of the slot has said something or closed its end.
void on_channel(slot& one);
/// The slot's cgroup may have become empty.
void on_cgroup_events(slot& one);
/// Children have ended: ours, or orphans that came to us.
void on_child_signal();
/// Kills what has not reached execve in time. Returns the milliseconds until
/// the next look, or -1 when nothing is starting.
int check_deadlines();
/// Looks again at processes that could not be placed, without cgroups. Returns
/// as check_deadlines() does.
int look_again();
/// Ends every process whose gate the daemon, now gone, has not opened.
void drop_gated();
/// Frees a slot and all that belongs to it.
void forget(slot& one);

// -- child.cpp: between fork and execve ---------------------------------------

/// Descriptors of the keeper that stand for nothing, so that the child has
/// these two numbers free.
inline constexpr int child_channel = 3;
inline constexpr int child_block = 4;

/// What the child says on its channel when it cannot go on.
struct child_report {
  wire::stage at;
  int32_t error;
};

struct child_start {
  int channel; ///< the gate, and the way to report
  int block;   ///< the launch block
  uint32_t id;
  uint32_t run;
  uint32_t uid;
};

/// The forked child's whole life: reads the launch block, waits at the gate,
/// becomes the user, then touches the user's world, then execve. It has the
/// keeper's privileges until it drops them and shares nothing with it but the
/// channel. To the environment it adds HIISI_ID=<id> and
/// HIISI_RUN=<id>.<run>.<nonce>.
[[noreturn]] void run_child(const child_start& start);

// -- cgroup.cpp: trees by cgroup v2 -------------------------------------------

/// Finds where leaves can be made: inside our own cgroup where systemd has
/// delegated it; else, for root, under the mount's root; else, for a user, in
/// our own cgroup if it is writable. The name "none" turns cgroups off.
void find_cgroups();
bool have_cgroups();
/// Makes `<name>/<uid>/<id>` for the slot and opens it; -1 with errno, EBUSY
/// where processes of an earlier keeper's still live in it.
int open_leaf(slot& one);
/// The slot is about to be free: its leaf is to be removed a little later.
void leave_leaf(const slot& one);
/// Removes some of the leaves that are to be removed, or all of them. Returns
/// the milliseconds until more is to be done, or -1.
int sweep_leaves(bool all);
/// Signals every process in the leaf but the slot's first.
void signal_leaf(const slot& one, int number);
/// Kills every process in the leaf and below.
void kill_leaf(const slot& one);
/// The leaf's cgroup.events, watched, or -1 when the leaf is empty.
int watch_leaf(const slot& one);
bool is_populated(int events);

// -- tree.cpp: trees without cgroups ------------------------------------------

/// One pass over /proc, into a static table. A slot's are the processes in the
/// session or group of its first process, their descendants, and orphans of
/// ours whose environment bears the slot's HIISI_RUN. What leaves all three,
/// by its own session, a parent that ends and a cleaned environment, is lost;
/// only a cgroup holds that. slot::alive is counted anew. False when there was
/// a process that could not be placed, on a host that is very busy.
bool scan_processes();
/// The last scan no longer serves: events have happened since.
void outdate_scan();
/// Calls `act` for each child of ours that the last scan saw as a zombie.
void for_each_zombie_child(void (*act)(int32_t pid));
/// Signals the slot's processes but its first, scanning if need be.
void signal_scanned(slot& one, int number);
/// Kills the slot's processes, again until a scan sees none alive.
void kill_scanned(slot& one);

// -- proc.cpp: /proc ----------------------------------------------------------

/// What /proc/PID/stat tells of a process.
struct proc_stat {
  int32_t pid;
  int32_t parent;
  int32_t group;
  int32_t session;
  char state;
  uint32_t flags;
  uint64_t start_ticks;

  bool dead() const { return state == 'Z' || state == 'X'; }
  /// It was forked and has not called execve since: PF_FORKNOEXEC of the
  /// kernel's include/linux/sched.h.
  bool never_executed() const { return (flags & 0x40) != 0; }
};

/// A directory of /proc as a handle: what is read and signalled through it is
/// the process it was opened for, never a later one of that number. -1, with
/// errno, when there is none.
int open_process(int32_t pid);
bool read_stat_at(int process, proc_stat& seen);
bool read_stat(int32_t pid, proc_stat& seen);
/// Signals by a pidfd or a handle of open_process(). A SIGTERM is followed by
/// SIGCONT, since a stopped process would not see it.
void send_signal(int process, int number);
/// Reads a file under `directory` into `buffer` and ends it with NUL. Returns
/// its size, cut to what the buffer holds, or -1 with errno.
long read_at(int directory, const char* path, char* buffer, unsigned long size);

} // namespace hiisi::keeper
