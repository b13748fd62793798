#pragma once

#include <cstdint>
#include <type_traits>

/// What hiidet and hiisi-keeper say to each other, over a SOCK_SEQPACKET Unix
/// socket: one fixed-size message per packet, in the host's byte order (both
/// ends run on one machine and are installed together; `version` is checked in
/// the greeting). The only header of Hiisi's that the keeper includes.
namespace hiisi::keeper_wire {

inline constexpr uint32_t version = 1;

/// How many processes one keeper can hold.
inline constexpr uint32_t max_slots = 16384;

/// The largest launch block (see launch_header), in bytes: execve itself takes
/// at most a quarter of an 8 MiB stack.
inline constexpr uint32_t max_launch_bytes = 4 * 1024 * 1024;

enum class kind : uint32_t {
  // -- hiidet to keeper -------------------------------------------------------
  /// The first message of a connection. `value` is the version. The keeper
  /// answers `welcome`, then a `slot` for each process it holds, then
  /// `slots_end`. Processes whose gate is still closed are gone by then.
  hello = 1,
  /// Forks a process `id`, incarnation `run`, for `uid`; one descriptor rides
  /// along, a sealed memfd with a launch block. Answered by `spawned` or
  /// `start_failed`. The child waits at its gate. An `id` is never 0.
  spawn,
  /// Opens the gate of `id`/`run`. Answered by `started` once execve has
  /// succeeded, or by `start_failed`.
  release,
  /// Sends `signal` to every process of the tree of `id`/`run`.
  signal,
  /// Kills the whole tree of `id`/`run` for certain.
  kill,
  /// The end of `id`/`run` has been recorded: its slot may be forgotten.
  acknowledge,

  // -- keeper to hiidet -------------------------------------------------------
  /// `value` is the version, `pid` the keeper's, `flags` see flag_*.
  welcome = 101,
  /// One held process, after a (re)connection: all fields as below,
  /// `how_far` says how far it is. A start that has failed since is told as
  /// `start_failed` instead.
  slot,
  slots_end,
  /// The child exists and waits: `pid`, `pidfs_inode`, `cgroup_id`, and
  /// `start_ticks` where the kernel has no pidfs (inode 0). What follows about
  /// a process carries all that is known of it.
  spawned,
  /// execve succeeded, or a signal ended the process in the midst of it, which
  /// an `exited` then tells.
  started,
  /// It never ran: `at` and `error` (an errno); EINTR where a signal ended it
  /// before execve, which `status` tells then. The slot is free again; no
  /// acknowledgement is needed. It may come before the `release`, which is
  /// then refused with ESRCH.
  start_failed,
  /// The first process has ended: `status` as from waitpid(2), `user_us`,
  /// `system_us`, `max_rss_kib`. `tree_empty` in `flags` says whether anything
  /// of its tree still lives. Repeated after a reconnection until
  /// acknowledged.
  exited,
  /// The last process of the tree has gone, after an `exited` that said
  /// otherwise. Carries the same fields.
  emptied,
  /// The keeper refused the last request for `id`/`run`, whose kind is in
  /// `value`: `error` (an errno: EINVAL malformed, ESRCH no such slot, EBUSY
  /// wrong state, ENOSPC no free slot, EPERM a uid it does not serve, EPROTO
  /// another version, EMFILE no room for the descriptor). `signal` and `kill`
  /// of what has ended already are not refused; nothing comes of them.
  refused,
};

/// Where a start failed.
enum class stage : uint32_t {
  none = 0,
  launch_block,   ///< the memfd is not sealed, out of bounds or malformed
  fork,           ///< clone3 failed
  cgroup,         ///< its cgroup leaf could not be made
  gate,           ///< the daemon went away before recording it
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
};

/// How far a process is, in `slot`.
enum class phase : uint32_t {
  none = 0,
  gated,    ///< forked, waiting for `release`
  starting, ///< released, execve not yet seen
  running,
  ended, ///< the first process has ended, its tree has not
  empty, ///< all gone, waiting for `acknowledge`
};

/// In `welcome`: each process has a cgroup v2 leaf of its own.
inline constexpr uint32_t flag_cgroups = 1;
/// In `welcome`: the keeper runs as root and can change uids.
inline constexpr uint32_t flag_root = 2;
/// In `exited` and `slot`: nothing of the tree lives any more.
inline constexpr uint32_t flag_tree_empty = 4;
/// In `exited`: the exit status could not be learned.
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
  uint64_t pidfs_inode = 0;
  uint64_t start_ticks = 0;
  uint64_t cgroup_id = 0;
  uint64_t user_us = 0;
  uint64_t system_us = 0;
  uint64_t max_rss_kib = 0;
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
/// shrinking, growing and writing. Offsets are in bytes from the start of the
/// block; a string ends in NUL inside of it. Only the forked child reads it,
/// and checks every offset, since a mistake here is a mistake as root.
struct launch_header {
  uint32_t magic = launch_magic;
  uint32_t total = 0; ///< the size of the whole block
  uint32_t uid = 0;   ///< as in the `spawn` message
  uint32_t gid = 0;
  uint32_t umask = 0022;
  int32_t nice = 0;
  uint32_t groups = 0; ///< offset of `group_count` uint32_t, 4-byte aligned
  uint32_t group_count = 0;
  uint32_t limits = 0; ///< offset of launch_limit[limit_count], 8-byte aligned
  uint32_t limit_count = 0;
  uint32_t argv = 0; ///< offset of `argc` strings, one after the other
  uint32_t argc = 0;
  uint32_t env = 0; ///< offset of `envc` strings, one after the other
  uint32_t envc = 0;
  uint32_t cwd = 0;           ///< offset of a string
  uint32_t log_directory = 0; ///< offset of a string; made 0700 if missing
  uint32_t output_log = 0;    ///< offset of a string
  uint32_t error_log = 0;     ///< offset of a string
};

static_assert(std::is_trivially_copyable_v<launch_header>);

} // namespace hiisi::keeper_wire
