#include "actors/process_reporter.hpp"

#include "actors/caf_compat.hpp"
#include "actors/os/clock.hpp"

#include <utility>

namespace hiisi::actors {

namespace {

using protocol::event_cause;

event_cause cause_of(const requester& by) {
  return {event_cause::kind::user, by.uid, by.user, by.pid};
}

/// Who is behind the operation under way; null for nobody.
requester_ptr asking(const operation_queue& operations) {
  const auto* current = operations.current();
  return current ? current->by : nullptr;
}

} // namespace

process_reporter::process_reporter(caf::event_based_actor* self,
                                   caf::actor events)
    : self_(self), events_(std::move(events)) {}

void process_reporter::tell_step(const core::process_moment& before,
                                 const core::process_machine& machine,
                                 core::boot_time now,
                                 const operation_queue& operations,
                                 bool recovering) {
  const auto after = core::moment_of(machine);
  const auto asked = asking(operations);
  if (after.run != before.run) {
    if (recovering)
      launched_by_ = {};
    else if (machine.record().restarts > 0)
      launched_by_ = {event_cause::kind::policy, 0, {}, 0};
    else
      launched_by_ = asked ? cause_of(*asked) : event_cause{};
  }
  if (!events_)
    return;
  core::event_context context;
  context.now = os::wall_now();
  context.since_boot = now;
  if (asked)
    context.asked = cause_of(*asked);
  context.ending_asked = operations.ending_asked();
  context.start_asked = operations.start_asked();
  context.recovering = recovering;
  context.launched_by = launched_by_;
  context.used = used_;
  for (auto& e :
       core::events_between(*machine.record().spec, before, after, context))
    tell(self_, events_, happened{std::move(e)});
}

void process_reporter::tell_removed(const core::process_spec& spec,
                                    const operation_queue& operations) {
  const auto asked = asking(operations);
  if (!events_ || !asked)
    return;
  protocol::event e;
  e.at = os::wall_now();
  e.what = protocol::event_kind::remove;
  e.uid = spec.uid;
  e.user = spec.user;
  e.id = spec.id;
  e.name = spec.name;
  e.by = cause_of(*asked);
  tell(self_, events_, happened{std::move(e)});
}

} // namespace hiisi::actors
