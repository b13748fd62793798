#include "actors/launch_sequence.hpp"

#include "actors/caf_compat.hpp"
#include "actors/os/clock.hpp"
#include "actors/os/launch_plan.hpp"
#include "actors/os/logger_launch.hpp"

#include <memory>
#include <utility>

namespace hiisi::actors {

launch_sequence::launch_sequence(caf::event_based_actor* self,
                                 const process_neighbours& to,
                                 const core::process_machine& machine,
                                 process_sockets& sockets, identity_ptr owner,
                                 failure_report failed)
    : self_(self),
      to_(to),
      machine_(machine),
      sockets_(sockets),
      failed_(std::move(failed)),
      owner_(std::move(owner)) {}

void launch_sequence::begin(uint32_t run, bool by_hand) {
  if (!owner_known_once_ && !owner_) {
    // The name services have not answered yet; learn_owner goes on.
    waiting_for_owner_ = run;
    return;
  }
  const auto by_policy = machine_.record().restarts > 0 && !by_hand;
  if (by_policy && to_.owner_may_leave
      && std::exchange(owner_seen_for_, run) != run) {
    waiting_for_owner_ = run;
    tell(self_, to_.supervisor, identify{spec().uid, caf::actor{self_}});
    return;
  }
  if (to_.starts && by_policy)
    if (auto good = to_.starts->take(os::boottime()); !good) {
      fail(run, "not restarted yet: " + good.failure().message, true);
      return;
    }
  find_ports(run);
}

void launch_sequence::find_ports(uint32_t run) {
  if (!owner_) {
    fail(run, "user " + std::to_string(spec().uid) + " (" + spec().user
                  + ") does not exist any more");
    return;
  }
  if (spec().ports.empty()) {
    spawn(run);
    return;
  }
  hold_failure_.clear();
  if (spec().listen) {
    auto held = sockets_.take_connections();
    if (held.ok()) {
      spawn(run);
      return;
    }
    hold_failure_ = "could not start: " + held.failure().message;
    if (held.failure().code != protocol::errc::conflict) {
      fail(run, hold_failure_);
      return;
    }
  }
  tell(self_, to_.ports,
       look_at_ports{spec().id, run, spec().uid, spec().ports,
                     caf::actor{self_}});
}

void launch_sequence::spawn(uint32_t run) {
  auto plan
      = std::make_shared<os::launch_spec>(os::plan_launch(spec(), *owner_));
  if (!os::has_logger(spec()))
    tell(self_, to_.keeper,
         spawn_child{spec().id, run, std::move(plan), caf::actor{self_}});
  else if (to_.loggers)
    tell(self_, to_.loggers,
         start_logger{run, machine_.record().spec, std::move(plan),
                      sockets_.all(), caf::actor{self_}});
  else
    fail(run, "could not start: hiisi-logger, which --timestamps and --pty "
              "need, is not installed beside hiidet");
}

void launch_sequence::learn_owner(identity_ptr owner, bool by_hand) {
  owner_ = std::move(owner);
  owner_known_once_ = true;
  const auto run = std::exchange(waiting_for_owner_, std::nullopt);
  if (run && under_way(*run))
    begin(*run, by_hand);
}

void launch_sequence::looked_at(const ports_looked_at& m) {
  if (!under_way(m.run))
    return;
  if (!m.outcome.ok())
    fail(m.run, "could not start: " + m.outcome.failure().message, true);
  else if (!hold_failure_.empty()) // Nobody could be named.
    fail(m.run, hold_failure_, true);
  else
    spawn(m.run);
}

/// Its end of the channel to the logger is held for this start alone.
void launch_sequence::logger_started(logger_ready& m) {
  if (!under_way(m.run))
    return;
  if (!m.sockets) {
    fail(m.run, "could not start: there is no descriptor left for its logger",
         true);
    return;
  }
  const auto id = spec().id;
  tell(self_, to_.keeper, hold_sockets{id, std::move(m.sockets)});
  tell(self_, to_.keeper,
       spawn_child{id, m.run, std::move(m.launch), caf::actor{self_}});
  tell(self_, to_.keeper, hold_sockets{id, sockets_.all()});
}

bool launch_sequence::under_way(uint32_t run) const {
  return run == machine_.record().run
         && machine_.record().state == protocol::process_state::starting;
}

const core::process_spec& launch_sequence::spec() const {
  return *machine_.record().spec;
}

void launch_sequence::fail(uint32_t run, std::string reason, bool not_now) {
  failed_({run, std::move(reason), not_now});
}

} // namespace hiisi::actors
