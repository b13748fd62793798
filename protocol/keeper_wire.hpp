#pragma once

#include <cstdint>
#include <type_traits>

/// What hiidet and hiisi-keeper say to each other, over a SOCK_SEQPACKET Unix
/// socket: one fixed-size message per packet, in the host's byte order (both
/// ends run on one machine and are installed together; `version` is checked in
/// the greeting). Of Hiisi's headers the keeper has this and crash_point.hpp.
namespace hiisi::keeper_wire {

inline constexpr uint32_t version = 2;

/// How many processes one keeper can hold.
inline constexpr uint32_t max_slots = 16384;

/// The largest launch block (see launch_header), in bytes: execve itself takes
/// at most a quarter of an 8 MiB stack.
inline constexpr uint32_t max_launch_bytes = 4 * 1024 * 1024;

/// How many descriptors a keeper stores for one id, and for how many ids.
inline constexpr uint32_t max_held = 8;
inline constexpr uint32_t max_holders = 256;

enum class kind : uint32_t {
  // -- hiidet to keeper -------------------------------------------------------
  /// The first message of a connection. `value` is the version. The keeper
  /// answers `welcome`, then a `slot` for each process that it has, a `held`
  /// for each id that it stores descriptors for, and `listed`.
  hello = 1,
  /// Forks a process `id`, incarnation `run`, for `uid`. Two descriptors ride
  /// along: a sealed memfd with a launch block, and the child's end of its
  /// gate. Answered by a `slot`, or by `refused`, whose `at` then says what
  /// failed. An `id` is never 0.
  spawn,
  /// Sends `signal` to every process of the tree of `id`/`run`.
  signal,
  /// Kills the whole tree of `id`/`run` for certain.
  kill,
  /// The end of `id`/`run` has been recorded: its slot may be forgotten.
  acknowledge,
  /// What an earlier keeper told in a `slot` of `running` or `ended`, to one
  /// that has no slot of that id: it takes the process over. With a pidfd of
  /// the first process, where there is still one to be had. It must have that
  /// `pidfs_inode`: otherwise, and without it, the first process is taken to
  /// have ended, nobody knows how. Answered by a `slot`.
  take,
  /// Stores the descriptors that ride along, at most `max_held`, for `id`, in
  /// place of those that it stores for it; without any, there will be none.
  /// They outlive processes and daemons, though not the keeper. Each process
  /// spawned for `id` from then on has them as 3 and up, in this order, with
  /// LISTEN_FDS and LISTEN_PID as sd_listen_fds(3) wants them; LISTEN_FDNAMES
  /// is for the launch block to say. Not answered; refused with ENOSPC where
  /// there are `max_holders` other ids, and then nothing is changed.
  hold,

  // -- keeper to hiidet -------------------------------------------------------
  /// `value` is the version, `pid` the keeper's, `flags` see flag_*.
  welcome = 101,
  /// All that is known of one process, whenever it has changed and after each
  /// greeting; `how_far` says how far it is. What happened in between is seen
  /// by comparing: who reads slowly may miss a step, but no end.
  slot,
  /// Descriptors are stored for `id`; copies ride along, in their order.
  held,
  /// All has been told since the `hello`.
  listed,
  /// The keeper refused the last request for `id`/`run`, whose kind is in
  /// `value`: `error` (an errno: EINVAL malformed, ESRCH no such slot, EBUSY
  /// wrong state, ENOSPC no room, EPERM a uid it does not serve, EPROTO
  /// another version, EMFILE no room for the descriptors, or too many).
  /// `signal` and `kill` of what has ended already are not refused; nothing
  /// comes of them.
  refused,

  // -- child to hiidet, as a gate_report --------------------------------------
  /// execve has succeeded.
  started = 201,
  /// It did not get so far: `at` and `error` (an errno) say why. Its end is
  /// told by the keeper as any other.
  start_failed,
};

/// Where a start failed.
enum class stage : uint32_t {
  none = 0,
  launch_block,   ///< the memfd is not sealed, out of bounds or malformed
  fork,           ///< clone3 failed
  cgroup,         ///< its cgroup leaf could not be made
  gate,           ///< it ended before its gate was opened
  session,        ///< setsid
  limits,         ///< setrlimit; `error` as usual
  groups,         ///< setgroups
  gid,            ///< setresgid
  uid,            ///< setresuid
  irrevocable,    ///< the privileges could be taken back: a kernel to distrust
  standard_input, ///< /dev/null
  log_directory,  ///< the directory of the logs, made as the user
  /// Both logs: ELOOP a symbolic link, ENXIO no regular file, EPERM another
  /// user's, EMLINK one with several names.
  standard_output_log,
  standard_error_log,
  working_directory, ///< chdir
  execute,           ///< execve, PATH searched
  descriptors,       ///< dup2, close_range
  deadline,          ///< it did not get as far as execve in time and was killed
  tree_limits,       ///< its leaf's; ENOENT: no cpu controller, or no leaf
};

/// How far a process is. The keeper tells the last three; before, only hiidet
/// knows, which holds the gate.
enum class phase : uint32_t {
  none = 0,
  gated,    ///< forked, waiting at its gate
  starting, ///< past its gate, execve not yet seen
  /// Forked: `pid`, `started_at`; `pidfs_inode` and `start_ticks`
  /// where it has been taken over with them.
  running,
  /// The first process has ended: `status` as from waitpid(2), `ended_at`,
  /// `user_us`, `system_us`, `max_rss_kib`. Its tree has not.
  ended,
  empty, ///< nothing lives; it waits for `acknowledge`
};

/// In `welcome`: each process has a cgroup v2 leaf of its own.
inline constexpr uint32_t flag_cgroups = 1;
/// In a `slot` that has ended: the exit status could not be learned.
inline constexpr uint32_t flag_status_unknown = 8;

/// One packet. In a request, fields that its kind does not name are zero.
struct message {
  kind what{};
  uint32_t id = 0;
  /// Which incarnation of `id`, so that news of an earlier one is never taken
  /// for news of this.
  uint32_t run = 0;
  uint32_t uid = 0;
  int32_t pid = 0;
  uint32_t value = 0;
  uint32_t flags = 0;
  uint32_t signal = 0;
  stage at{};
  int32_t error = 0;
  int32_t status = 0;
  phase how_far{};
  /// Which process has this `pid`: the inode of its pidfd; its start time as
  /// in /proc/PID/stat where the kernel has no pidfs (inode 0).
  uint64_t pidfs_inode = 0;
  uint64_t start_ticks = 0;
  uint64_t reserved = 0;
  int64_t user_us = 0;
  int64_t system_us = 0;
  int64_t max_rss_kib = 0;
  /// CLOCK_BOOTTIME in nanoseconds: when it was forked, and when it ended.
  uint64_t started_at = 0;
  uint64_t ended_at = 0;
};

static_assert(sizeof(message) == 112);
static_assert(std::is_trivially_copyable_v<message>);

// -- the launch block ---------------------------------------------------------

inline constexpr uint32_t launch_magic = 0x68696973; // "hiis"

/// One resource limit, as for setrlimit(2).
struct launch_limit {
  uint32_t resource = 0;
  uint32_t reserved = 0;
  uint64_t soft = 0;
  uint64_t hard = 0;
};

/// The head of a launch block: what to run, in a memfd that is sealed against
/// shrinking, growing and writing. Behind it follow, without gaps,
/// launch_limit[limit_count], uint32_t[group_count], and strings, each ended
/// by NUL: cwd, the directory of the logs, made 0700 if missing, the logs of
/// standard output and error, `argc` words, and `envc` lines NAME=VALUE, none
/// of them HIISI_* or LISTEN_PID or LISTEN_FDS, which the child adds; then, or
/// nothing more, what goes into memory.max, pids.max and cpu.max of its leaf,
/// each empty for nothing. The first two are left out where the leaf has no
/// such file, since limits of single processes go with them. Only the
/// forked child reads it, and never past its end, since a mistake here is a
/// mistake as root.
struct launch_header {
  uint32_t magic = launch_magic;
  uint32_t uid = 0; ///< as in the `spawn` message
  uint32_t gid = 0;
  uint32_t umask = 0022;
  int32_t nice = 0;
  uint32_t limit_count = 0;
  uint32_t group_count = 0;
  uint32_t argc = 0;
  uint32_t envc = 0;
  uint32_t reserved = 0;
};

static_assert(sizeof(launch_header) % alignof(launch_limit) == 0);
static_assert(std::is_trivially_copyable_v<launch_header>);

// -- the gate -----------------------------------------------------------------

/// Each child holds one end of a SOCK_SEQPACKET pair until execve, its gate;
/// hiidet holds the other. The child waits until a byte comes; end of file
/// means that hiidet died before the process was on record, and the child
/// ends. What it cannot do it says, and ends; `execute` without an error it
/// says right before execve, which closes its end.
struct gate_report {
  stage at{};
  int32_t error = 0;
};

} // namespace hiisi::keeper_wire
