#pragma once

#include "actors/core/hook_throttle.hpp"
#include "actors/core/log_policy.hpp"
#include "actors/core/process_machine.hpp"
#include "actors/core/unused_ports.hpp"
#include "actors/core/usage_limits.hpp"
#include "actors/core/user_limits.hpp"
#include "actors/os/keeper_client.hpp"
#include "actors/os/launch_block.hpp"
#include "actors/os/user_db.hpp"
#include "protocol/keeper_wire.hpp"
#include "protocol/request.hpp"
#include "protocol/response.hpp"
#include "protocol/result.hpp"

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/type_id.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

// Every message between our actors, in one place. They stay inside the
// process, so none of them is serialisable. Each group is headed by the actor
// that takes it. "INTERNAL" marks what an actor sends to itself.

namespace hiisi::core::ron {
class value;
} // namespace hiisi::core::ron
namespace hiisi::core {
class port_table;
struct port_policy;
struct port_reading;
} // namespace hiisi::core

namespace hiisi::actors {

using identity_ptr = std::shared_ptr<const os::identity>;
/// Null in a user's own daemon, where there is nobody to share with.
using limit_policy_ptr = std::shared_ptr<const core::limit_policy>;
using request_ptr = std::shared_ptr<const protocol::request>;
using unused_ptr = std::shared_ptr<const core::unused_ports>;

/// Where an answer goes: the session that asked, and which of its requests
/// it was. Answers are sent, not returned, so that no actor ever waits.
struct ticket {
  caf::actor session;
  uint64_t sequence = 0;
};

/// Who is behind a request, for the record: the peer as the kernel has it, also
/// where root acts for another user.
struct requester {
  uint32_t uid = 0;
  /// The login name; empty where it is not known.
  std::string user;
  /// The client's process; 0 where it cannot be seen. It may be gone by now.
  int32_t pid = 0;
};
using requester_ptr = std::shared_ptr<const requester>;

/// A request with its caller, on its way to whoever can answer it.
struct submission {
  ticket reply_to;
  identity_ptr caller;
  request_ptr what;
  /// Null in an actor's own requests.
  requester_ptr by;
};

/// A process as the tables show it.
struct process_view {
  core::process_record record;
  core::child_facts child;
  core::boot_time restart_at{};
};
using view_ptr = std::shared_ptr<const process_view>;

/// To whoever can answer it by itself: are you alive? Returned as it came.
struct ping {};

// -- session ------------------------------------------------------------------

/// From the broker: one frame has come in.
struct frame_received {
  std::string body;
};
/// From the broker: the connection is gone; nothing can be sent any more.
struct connection_lost {};
/// To the request_decoder: a body that takes its time to read.
struct decode_body {
  caf::actor session;
  uint64_t sequence = 0;
  std::string body;
};
/// To the session: what request `sequence` turned out to be.
struct body_decoded {
  uint64_t sequence = 0;
  protocol::result<std::shared_ptr<protocol::request>> what{nullptr};
  /// In which version it is to be answered.
  uint32_t version = 0;
};
/// To the request_decoder: much memory is not used any more.
struct memory_freed {};
/// From the broker: someone who had requests to answer has failed, so what is
/// not answered in a while never will be. To the broker, from the
/// host_supervisor: the same for every session.
struct someone_failed {};
/// INTERNAL: give up what has been waiting since before the failure.
struct deadline {
  uint64_t sequence = 0;
};
/// From anybody with a ticket: the answer to request `sequence`.
struct answer {
  uint64_t sequence = 0;
  std::shared_ptr<protocol::payload> what;
};
/// From the user_directory.
struct identified {
  /// As asked: by uid, or by login name where that is not empty.
  uint32_t uid = 0;
  std::string name;
  protocol::result<identity_ptr> who{identity_ptr{}};
};

/// From whoever answers a request in parts (events that are followed): one
/// part, which goes out as a frame. Whoever sent it waits for `stream_more`
/// before the next one, so that a slow reader holds no more than one part.
struct answer_part {
  uint64_t sequence = 0;
  std::shared_ptr<protocol::payload> what;
  bool last = false;
};
/// From the broker: the client has taken all that was written.
struct output_taken {};

// -- socket_broker ------------------------------------------------------------

/// From a session: bytes for the client, whole frames. `done` is how many
/// bytes of requests they settle, for the limit of bytes in flight.
struct frames_ready {
  uint64_t connection = 0;
  std::string bytes;
  size_t done = 0;
  /// The session wants an `output_taken` once the client has taken them.
  bool wants_more = false;
};
/// INTERNAL: look for clients that have stalled.
struct sweep {};

// -- user_directory -----------------------------------------------------------

/// Who has this uid? Answered by `identified`.
struct identify {
  uint32_t uid = 0;
  caf::actor asker;
};
/// Who has this login name? Answered by `identified`.
struct identify_name {
  std::string name;
  caf::actor asker;
};
/// INTERNAL: to one of those who ask the name services, by uid or name.
struct look_up_user {
  uint64_t number = 0;
  std::optional<uint32_t> uid;
  std::string name;
};
/// INTERNAL: what they said.
struct user_looked_up {
  uint64_t number = 0;
  protocol::result<os::identity> who{os::identity{}};
};
/// INTERNAL: whoever waits for it has waited long enough.
struct lookup_late {
  uint64_t number = 0;
};

// -- host_supervisor ----------------------------------------------------------

/// From main: what was on disk when the daemon started.
struct recover {
  std::vector<core::process_record> records;
  std::vector<core::live_record> live;
  uint32_t next_id = 1;
};
/// From a user_supervisor: everything of that user has ended.
struct suspended {
  uint32_t uid = 0;
};
/// From the broker: tell me when a supervisor fails.
struct watch_failures {
  caf::actor watcher;
};
/// From a user_supervisor: this id is in use no more.
struct id_released {
  uint32_t id = 0;
};
/// From a user_supervisor: its part of a host-wide list.
struct described {
  uint64_t gathering = 0;
  uint32_t uid = 0;
  std::vector<protocol::status_entry> entries;
};
/// From the record_store: what is on disk of one user's processes.
struct user_records {
  uint32_t uid = 0;
  std::vector<core::process_record> records;
  std::vector<core::live_record> live;
};
/// From main, on SIGHUP: take these settings for what happens from now on.
struct reconfigure {
  core::process_settings settings;
  size_t finished_kept = 100;
  limit_policy_ptr limits = nullptr;
};
/// From main, on SIGHUP, to the socket_broker.
struct limit_connections {
  core::connection_settings limits;
  limit_policy_ptr policy = nullptr;
};

// -- user_supervisor ----------------------------------------------------------

/// From the host_supervisor: a new process, under this id.
struct run_as {
  uint32_t id = 0;
  submission what;
};
/// From the host_supervisor: take over processes found on disk.
struct adopt {
  std::vector<core::process_record> records;
  std::vector<core::live_record> live;
};
/// From the host_supervisor: list what `caller` may see of yours.
struct describe {
  uint64_t gathering = 0;
  identity_ptr caller;
};
/// From the host_supervisor: the host is going down, so end everything.
/// Answered by `suspended`.
struct suspend_all {
  requester_ptr by;
};
/// From the port_registry: the ports of the process that is to have this id, or
/// why there are none. `fresh` are those that its owner did not have before.
struct ports_claimed {
  uint32_t id = 0;
  protocol::result<std::vector<protocol::process_port>> ports{
      std::vector<protocol::process_port>{}};
  std::vector<uint16_t> fresh;
};
/// INTERNAL: there may be more finished runs than are to be kept.
struct forget_oldest {};
/// From a process_actor: it looks like this now.
struct process_changed {
  uint32_t id = 0;
  view_ptr view;
};
/// From a process_actor: an operation has ended.
struct operation_done {
  uint32_t id = 0;
  uint64_t operation = 0;
  protocol::result<void> outcome;
};

// -- process_actor ------------------------------------------------------------

enum class operation_kind : uint8_t { start, stop, restart, remove, suspend };

/// From its supervisor: do this after whatever was asked before.
struct operate {
  uint64_t operation = 0;
  operation_kind kind = operation_kind::start;
  /// Who asked for it; null for the supervisor's own.
  requester_ptr by = nullptr;
};
/// From its supervisor: the owner as the name services know it now; null when
/// there is no such user any more.
struct owner_known {
  identity_ptr owner;
};
/// What has become of a process, as the keeper_link sees it.
enum class child_news : uint8_t {
  spawned,      ///< its child waits at the gate
  started,      ///< execve has succeeded
  start_failed, ///< it never ran: `at` and `error` say why, nothing is left
  exited,       ///< its first process has ended, all of it where `empty`
  emptied,      ///< the rest has, too
  refused,      ///< the keeper would not: `error`
  hold_refused, ///< it would not store sockets: `error`
};
/// From the keeper_link.
struct keeper_news {
  child_news what = child_news::spawned;
  keeper_wire::message slot;
};
/// From the keeper_link: it could not even ask the keeper to fork `run`.
struct spawn_impossible {
  uint32_t run = 0;
  std::string reason;
};
/// From the keeper_link, after `watch_child` and after each reconnection: what
/// the keeper holds of this process, if anything.
struct reconcile {
  std::optional<keeper_wire::message> slot;
  uint32_t id = 0;
  /// What the keeper stores for it.
  os::sockets_ptr sockets{};
};
/// From the port_registry: nobody else listens on its ports, or who does.
struct ports_looked_at {
  uint32_t run = 0;
  protocol::result<void> outcome;
};
/// From the record_store.
struct record_stored {
  core::save_purpose purpose = core::save_purpose::note;
  uint32_t run = 0;
  protocol::result<void> outcome;
};
/// From the record_store.
struct live_stored {
  uint32_t run = 0;
};
/// From the record_store: nothing of the process is on disk any more.
struct record_removed {
  protocol::result<void> outcome;
};
/// INTERNAL: the machine's timer.
struct timer_due {
  uint64_t epoch = 0;
};

// -- record_store (detached: it waits for disks) ------------------------------

struct store_record {
  std::shared_ptr<const core::process_record> record;
  core::save_purpose purpose = core::save_purpose::note;
  caf::actor asker;
};
struct store_live {
  core::live_record record;
  caf::actor asker;
};
struct remove_record {
  uint32_t id = 0;
  caf::actor asker;
};
/// From the host_supervisor, whose user_supervisor failed. Answered by
/// `user_records`.
struct load_user_records {
  uint32_t uid = 0;
  caf::actor asker;
};
/// From main at the end: write what is pending, then answer with this.
struct flush {};
/// INTERNAL: write what has come in.
struct write_out {};
/// INTERNAL: it is time to have the disk keep what was written.
struct sync_due {};
/// INTERNAL, to the store's own syncer: have the disk keep what was written.
/// Answered by `synced`.
struct sync_out {
  caf::actor asker;
};
struct synced {};

// -- keeper_link --------------------------------------------------------------

/// From a process_actor: news of `id` go to `watcher` from now on, and a
/// `reconcile` after each reconnection. Where `recovered`, one follows as soon
/// as the keeper has said what it holds. A keeper that does not know it takes
/// it over as it is `known`, in a `slot` of its.
struct watch_child {
  uint32_t id = 0;
  caf::actor watcher;
  bool recovered = false;
  std::optional<keeper_wire::message> known{};
};
struct unwatch_child {
  uint32_t id = 0;
};
/// From a process_actor: fork it. The watcher is told what came of it.
struct spawn_child {
  uint32_t id = 0;
  uint32_t run = 0;
  std::shared_ptr<const os::launch_spec> launch;
  caf::actor watcher;
};
/// From a process_actor: signal, kill or acknowledge.
struct command_child {
  keeper_wire::message what;
};
/// From a process_actor: open the gate of `id`/`run`.
struct release_child {
  uint32_t id = 0;
  uint32_t run = 0;
};
/// From a process_actor: hold these for it, over its restarts and ours; each
/// child of its gets them. Null lets go of them.
struct hold_sockets {
  uint32_t id = 0;
  os::sockets_ptr sockets;
};
/// From the link's thread: one packet has come in, with descriptors or none.
struct keeper_said {
  uint64_t connection = 0;
  keeper_wire::message what;
  os::sockets_ptr attached{};
};
/// From the link's thread: the connection is gone.
struct keeper_lost {
  uint64_t connection = 0;
};
/// INTERNAL: try to connect again.
struct reconnect {};
/// INTERNAL: see whether starts take too long.
struct check_starts {};
/// INTERNAL: whoever is to watch over what the keeper holds does so by now.
struct check_unclaimed {
  uint64_t connection = 0;
};

// -- port_registry (detached: it waits for disks) -----------------------------

/// From a session: one of the port requests.
struct port_submission {
  submission what;
};
/// From a user_supervisor: a process of `owner`'s is to be defined, with these
/// ports. A label gives the port that its owner has under it. Answered by
/// `ports_claimed`, once they are on disk.
struct claim_ports {
  uint32_t id = 0;
  std::string name;
  identity_ptr owner;
  std::vector<protocol::port_wish> wishes;
  caf::actor asker;
};
/// From a user_supervisor: process `id` is no more. Of its ports, all of which
/// belonged to it alone, those of `free` are given back. Whoever asked for it
/// is answered by `process_removed`, with what became of which.
struct release_ports {
  uint32_t id = 0;
  uint32_t uid = 0;
  std::vector<uint16_t> ports;
  std::vector<uint16_t> free;
  ticket reply_to;
};
/// From a process_actor, about to be started: does anybody but this process
/// listen on one of these? Answered by `ports_looked_at`.
struct look_at_ports {
  uint32_t id = 0;
  uint32_t run = 0;
  uint32_t uid = 0;
  std::vector<protocol::process_port> ports;
  caf::actor asker;
};
/// From a process_actor: these sockets, by their inodes, are held for it from
/// now on, though hiidet made them.
struct ports_held {
  uint32_t id = 0;
  std::string name;
  uint32_t uid = 0;
  std::vector<uint64_t> inodes;
};
/// From main: rules that hold from now on.
struct port_rules {
  std::shared_ptr<const core::port_policy> policy;
};
/// From main, on SIGHUP: read the file anew.
struct reload_registry {};
/// From the host_supervisor: which ports are unused? Answered by `ports_unused`
/// each time that is found to have changed.
struct follow_unused_ports {
  caf::actor who;
};
/// To the host_supervisor from the port_registry, and from there to every
/// user_supervisor, for its `status`.
struct ports_unused {
  unused_ptr all;
};
/// INTERNAL: it is time to see which ports are in use.
struct watch_over_ports {
  uint64_t epoch = 0;
};

// -- port_watcher -------------------------------------------------------------

/// Also from the port_registry: `ports_held`, as above.

/// From anybody: who holds which port just now, and who are these users and
/// processes? The kernel is asked after this has come in, once for all who ask
/// meanwhile. Answered by `ports_watched`.
struct watch_ports {
  uint64_t token = 0;
  /// Of whom it is asked whether they exist, and as whom.
  std::vector<uint32_t> uids;
  /// Of which it is asked whether they are defined, and what they are called.
  std::vector<uint32_t> ids;
  caf::actor asker;
};
/// Errors: `unavailable` (the kernel does not tell).
struct ports_watched {
  uint64_t token = 0;
  protocol::result<std::shared_ptr<const core::port_reading>> reading{
      std::shared_ptr<const core::port_reading>{}};
};
/// From main: who knows the processes.
struct meet_host {
  caf::actor host;
};
/// INTERNAL: ask the kernel now.
struct read_sockets {};
/// INTERNAL: go on without those who have not answered.
struct stop_waiting {
  uint64_t round = 0;
};

/// A cgroup in which a socket was made, and whose user's it is.
struct cgroup_trace {
  uint32_t uid = 0;
  uint64_t cgroup_id = 0;
};
/// To the host_supervisor and on to each user_supervisor concerned: which of
/// your processes have these ids, or run in these cgroups? The host_supervisor
/// answers first, by `locating`, then each supervisor by `processes_located`.
struct locate_processes {
  uint64_t round = 0;
  std::vector<uint32_t> ids;
  std::vector<cgroup_trace> traces;
  caf::actor asker;
};
/// How many answers are to come.
struct locating {
  uint64_t round = 0;
  size_t parts = 0;
};
struct located_process {
  uint32_t id = 0;
  uint32_t uid = 0;
  std::string name;
  /// 0 where it has none, or does not run.
  uint64_t cgroup_id = 0;
};
struct processes_located {
  uint64_t round = 0;
  std::vector<located_process> processes;
};

// -- event_log (detached: it waits for disks) ---------------------------------

/// From anybody: something has happened. Its number is given to it there.
struct happened {
  protocol::event what;
};
/// From a session: an events_request. Answered in parts.
struct events_submission {
  submission what;
};
/// From a session, and from an actor to itself: the part of an answer before
/// has been taken, so the next one may come.
struct stream_more {
  ticket reply_to;
};
/// From an actor: send me every event as `noted`, from now on, or no more.
struct watch_events {
  caf::actor watcher;
  bool watching = true;
};
/// To those who watch: it has happened and has its number.
struct noted {
  std::shared_ptr<const protocol::event> what;
};
/// From main, on SIGHUP: the bounds of what is kept.
struct limit_events {
  size_t file_bytes = 0;
  size_t files = 0;
};
/// INTERNAL: write what has come in.
struct write_events {};

// -- hook_runner (detached: it waits for disks) -------------------------------

/// From a session: one of the hook requests.
struct hook_submission {
  submission what;
};
/// From main, on SIGHUP.
struct limit_hooks {
  core::hook_settings settings;
};
/// INTERNAL: a hook of that user may be started again.
struct hook_due {
  uint32_t uid = 0;
};
/// INTERNAL: that run has taken too long.
struct hook_deadline {
  uint32_t run_id = 0;
};

// -- quota_clerk --------------------------------------------------------------

/// From a session: a quota_request.
struct quota_submission {
  submission what;
};
/// To the host_supervisor (and on to the user_supervisor), the port_registry
/// and the socket_broker: what does that user use of what you limit? Answered
/// by `use_counted`.
struct count_use {
  uint64_t question = 0;
  identity_ptr who;
  caf::actor asker;
};
struct use_counted {
  uint64_t question = 0;
  std::vector<protocol::quota_entry> entries;
};

// -- log_rotator --------------------------------------------------------------

/// From a user_supervisor: one of its processes may write from now on. Told
/// again only after a look has found none.
struct writing_began {
  uint32_t uid = 0;
  caf::actor supervisor;
};
/// To a user_supervisor: whose logs are written to? Answered by
/// `shown_writers`, not returned: a request would arm a timer, which is one
/// wake-up more.
struct show_writers {
  caf::actor asker;
};
/// A process that is up, or is about to be started again.
struct log_writer {
  uint32_t id = 0;
  /// 0 where it is not up just now.
  int32_t pid = 0;
  std::string name;
  core::log_wishes wishes;
};
struct shown_writers {
  uint32_t uid = 0;
  /// Null where the owner is not known.
  identity_ptr owner;
  std::vector<log_writer> all;
};
/// From main, on SIGHUP.
struct limit_logs {
  std::shared_ptr<const core::log_policy> policy;
};
/// INTERNAL: it is time to look at somebody's logs.
struct look_at_logs {
  uint64_t epoch = 0;
};

// -- logger_runner ------------------------------------------------------------

/// From a process_actor that is about to spawn `run`, whose output goes through
/// a logger: have one started. Answered by `logger_ready`.
struct start_logger {
  uint32_t run = 0;
  std::shared_ptr<const core::process_spec> spec;
  std::shared_ptr<const os::launch_spec> launch;
  /// What the keeper holds for the process; may be null.
  os::sockets_ptr sockets;
  caf::actor asker;
};
struct logger_ready {
  uint32_t run = 0;
  /// The same with the process's end of the channel behind them; null where
  /// there is no logger to be had.
  os::sockets_ptr sockets;
  /// What to spawn with them.
  std::shared_ptr<const os::launch_spec> launch;
};

// -- inspector (detached: it answers while the others are at work) ------------

/// From a session: a debug_request. A trace is answered in parts.
struct debug_submission {
  submission what;
};
/// From a session: a doctor_request.
struct doctor_submission {
  submission what;
};
/// From the inspector, to every actor: show yourself, whole if so asked.
/// Answered by `described_self`.
struct describe_yourself {
  caf::actor asker;
  uint64_t question = 0;
  bool whole = false;
};
/// A timer that an actor has armed.
struct shown_timer {
  const char* message = nullptr;
  std::chrono::steady_clock::time_point due;
};
struct described_self {
  uint64_t question = 0;
  uint64_t id = 0;
  std::string line;
  /// How many messages wait.
  size_t mailbox = 0;
  std::vector<shown_timer> timers;
  /// Null where only the line was asked for.
  std::shared_ptr<const core::ron::value> whole;
};
/// From main, also to the quota_clerk: the broker, which is made after these,
/// as its sessions need them.
struct inspect_broker {
  caf::actor broker;
};
/// From main: what `debug config` shows from now on, a JSON object.
struct shown_configuration {
  std::string json;
};
/// INTERNAL: who has not shown themselves by now is busy.
struct gathering_due {
  uint64_t question = 0;
};
/// INTERNAL: perhaps nobody has looked for a while.
struct timing_over {};
/// From whoever handled the first message since the trace was last taken.
struct trace_ready {};
/// INTERNAL: a trace that is not followed is long enough.
struct trace_over {
  ticket reply_to;
};

// -- metrics (detached: it reads /proc) ---------------------------------------

using page_ptr = std::shared_ptr<const std::string>;

/// From the HTTP server: a page of metrics for `deliver`, which is called once,
/// on the actor's thread. `asked_at` is by os::boottime().
struct scrape {
  std::function<void(page_ptr)> deliver;
  std::chrono::nanoseconds asked_at{0};
};
/// INTERNAL: whoever asked while the page was being made has it by now.
struct drop_page {};
/// INTERNAL: look whether nobody scrapes any more.
struct rest {};
/// INTERNAL: who has not answered by now is left out of that reading.
struct answers_due {
  uint64_t round = 0;
};
/// To the host_supervisor: who are your supervisors? Returns `supervisors`.
struct list_supervisors {};
struct supervisors {
  std::vector<caf::actor> all;
};
/// To a user_supervisor: what do you show? Returns `shown_views`.
struct show_views {};
struct shown_views {
  std::vector<view_ptr> all;
};
/// To the port_registry: what is allocated? Returns `shown_ports`.
struct show_ports {};
struct shown_ports {
  /// Null where the registry is damaged.
  std::shared_ptr<const core::port_table> table;
};
/// From a session: add to this answer, a status_list, what its processes use;
/// then answer with it.
struct measure {
  ticket reply_to;
  std::shared_ptr<protocol::payload> what;
  /// The tree and the limits, too.
  bool whole = false;
};

} // namespace hiisi::actors

#define HIISI_MESSAGE(name)                                                    \
  CAF_ADD_TYPE_ID(hiisi, (hiisi::actors::name))                                \
  CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hiisi::actors::name)

CAF_BEGIN_TYPE_ID_BLOCK(hiisi, first_custom_type_id)
HIISI_MESSAGE(ping)
HIISI_MESSAGE(submission)
HIISI_MESSAGE(frame_received)
HIISI_MESSAGE(connection_lost)
HIISI_MESSAGE(decode_body)
HIISI_MESSAGE(body_decoded)
HIISI_MESSAGE(memory_freed)
HIISI_MESSAGE(someone_failed)
HIISI_MESSAGE(deadline)
HIISI_MESSAGE(watch_failures)
HIISI_MESSAGE(answer)
HIISI_MESSAGE(identified)
HIISI_MESSAGE(frames_ready)
HIISI_MESSAGE(sweep)
HIISI_MESSAGE(identify)
HIISI_MESSAGE(identify_name)
HIISI_MESSAGE(look_up_user)
HIISI_MESSAGE(user_looked_up)
HIISI_MESSAGE(lookup_late)
HIISI_MESSAGE(recover)
HIISI_MESSAGE(id_released)
HIISI_MESSAGE(described)
HIISI_MESSAGE(user_records)
HIISI_MESSAGE(load_user_records)
HIISI_MESSAGE(reconfigure)
HIISI_MESSAGE(limit_connections)
HIISI_MESSAGE(run_as)
HIISI_MESSAGE(adopt)
HIISI_MESSAGE(describe)
HIISI_MESSAGE(suspend_all)
HIISI_MESSAGE(suspended)
HIISI_MESSAGE(forget_oldest)
HIISI_MESSAGE(quota_submission)
HIISI_MESSAGE(count_use)
HIISI_MESSAGE(use_counted)
HIISI_MESSAGE(process_changed)
HIISI_MESSAGE(operation_done)
HIISI_MESSAGE(operate)
HIISI_MESSAGE(owner_known)
HIISI_MESSAGE(keeper_news)
HIISI_MESSAGE(spawn_impossible)
HIISI_MESSAGE(reconcile)
HIISI_MESSAGE(record_stored)
HIISI_MESSAGE(live_stored)
HIISI_MESSAGE(record_removed)
HIISI_MESSAGE(timer_due)
HIISI_MESSAGE(store_record)
HIISI_MESSAGE(store_live)
HIISI_MESSAGE(remove_record)
HIISI_MESSAGE(flush)
HIISI_MESSAGE(write_out)
HIISI_MESSAGE(sync_due)
HIISI_MESSAGE(sync_out)
HIISI_MESSAGE(synced)
HIISI_MESSAGE(watch_child)
HIISI_MESSAGE(unwatch_child)
HIISI_MESSAGE(spawn_child)
HIISI_MESSAGE(command_child)
HIISI_MESSAGE(release_child)
HIISI_MESSAGE(hold_sockets)
HIISI_MESSAGE(keeper_said)
HIISI_MESSAGE(keeper_lost)
HIISI_MESSAGE(reconnect)
HIISI_MESSAGE(check_starts)
HIISI_MESSAGE(check_unclaimed)
HIISI_MESSAGE(port_submission)
HIISI_MESSAGE(claim_ports)
HIISI_MESSAGE(ports_claimed)
HIISI_MESSAGE(release_ports)
HIISI_MESSAGE(look_at_ports)
HIISI_MESSAGE(ports_looked_at)
HIISI_MESSAGE(ports_held)
HIISI_MESSAGE(reload_registry)
HIISI_MESSAGE(answer_part)
HIISI_MESSAGE(output_taken)
HIISI_MESSAGE(happened)
HIISI_MESSAGE(events_submission)
HIISI_MESSAGE(stream_more)
HIISI_MESSAGE(watch_events)
HIISI_MESSAGE(noted)
HIISI_MESSAGE(limit_events)
HIISI_MESSAGE(write_events)
HIISI_MESSAGE(hook_submission)
HIISI_MESSAGE(limit_hooks)
HIISI_MESSAGE(hook_due)
HIISI_MESSAGE(hook_deadline)
HIISI_MESSAGE(writing_began)
HIISI_MESSAGE(show_writers)
HIISI_MESSAGE(shown_writers)
HIISI_MESSAGE(limit_logs)
HIISI_MESSAGE(look_at_logs)
HIISI_MESSAGE(start_logger)
HIISI_MESSAGE(logger_ready)
HIISI_MESSAGE(debug_submission)
HIISI_MESSAGE(doctor_submission)
HIISI_MESSAGE(describe_yourself)
HIISI_MESSAGE(described_self)
HIISI_MESSAGE(shown_configuration)
HIISI_MESSAGE(inspect_broker)
HIISI_MESSAGE(gathering_due)
HIISI_MESSAGE(timing_over)
HIISI_MESSAGE(trace_ready)
HIISI_MESSAGE(trace_over)
HIISI_MESSAGE(port_rules)
HIISI_MESSAGE(follow_unused_ports)
HIISI_MESSAGE(ports_unused)
HIISI_MESSAGE(watch_over_ports)
HIISI_MESSAGE(watch_ports)
HIISI_MESSAGE(ports_watched)
HIISI_MESSAGE(meet_host)
HIISI_MESSAGE(read_sockets)
HIISI_MESSAGE(stop_waiting)
HIISI_MESSAGE(locate_processes)
HIISI_MESSAGE(locating)
HIISI_MESSAGE(processes_located)
HIISI_MESSAGE(scrape)
HIISI_MESSAGE(drop_page)
HIISI_MESSAGE(rest)
HIISI_MESSAGE(answers_due)
HIISI_MESSAGE(list_supervisors)
HIISI_MESSAGE(supervisors)
HIISI_MESSAGE(show_views)
HIISI_MESSAGE(shown_views)
HIISI_MESSAGE(show_ports)
HIISI_MESSAGE(shown_ports)
HIISI_MESSAGE(measure)
CAF_END_TYPE_ID_BLOCK(hiisi)

#undef HIISI_MESSAGE
