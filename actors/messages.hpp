#pragma once

#include "actors/messages/common.hpp"
#include "actors/messages/event_log.hpp"
#include "actors/messages/hook_runner.hpp"
#include "actors/messages/host_supervisor.hpp"
#include "actors/messages/inspector.hpp"
#include "actors/messages/keeper_link.hpp"
#include "actors/messages/log_rotator.hpp"
#include "actors/messages/logger_runner.hpp"
#include "actors/messages/metrics.hpp"
#include "actors/messages/port_registry.hpp"
#include "actors/messages/port_watcher.hpp"
#include "actors/messages/process_actor.hpp"
#include "actors/messages/quota_clerk.hpp"
#include "actors/messages/record_store.hpp"
#include "actors/messages/session.hpp"
#include "actors/messages/socket_broker.hpp"
#include "actors/messages/user_directory.hpp"
#include "actors/messages/user_supervisor.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/type_id.hpp>

// Every message between our actors: those that an actor takes are in a file of
// its name. They stay inside the process, so none of them is serialisable.
// "INTERNAL" marks what an actor sends to itself.

#define HIISI_MESSAGE(name)                                                    \
  CAF_ADD_TYPE_ID(hiisi, (hiisi::actors::name))                                \
  CAF_ALLOW_UNSAFE_MESSAGE_TYPE(hiisi::actors::name)

CAF_BEGIN_TYPE_ID_BLOCK(hiisi, first_custom_type_id)
HIISI_MESSAGE(ping)
HIISI_MESSAGE(submission)
HIISI_MESSAGE(frame_received)
HIISI_MESSAGE(connection_lost)
HIISI_MESSAGE(send_answers)
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
HIISI_MESSAGE(comparison_late)
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
HIISI_MESSAGE(acknowledge_some)
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
