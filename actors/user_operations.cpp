#include "actors/user_operations.hpp"

#include "actors/core/process_ports.hpp"
#include "actors/reply.hpp"
#include "actors/supervisor_errors.hpp"

#include <utility>

namespace hiisi::actors {

user_operations::user_operations(caf::event_based_actor* self, uint32_t uid,
                                 caf::actor host, child_table& children,
                                 port_claims& ports)
    : self_(self),
      uid_(uid),
      host_(std::move(host)),
      children_(children),
      ports_(ports) {}

void user_operations::begin(uint32_t id, operation_kind kind,
                            const ticket& reply_to, requester_ptr by) {
  begin({reply_to, kind, id, false}, std::move(by));
}

void user_operations::begin_run(uint32_t id, const ticket& reply_to,
                                requester_ptr by) {
  begin({reply_to, operation_kind::start, id, true}, std::move(by));
}

void user_operations::begin(waiter who, requester_ptr by) {
  const auto id = who.id;
  const auto kind = who.kind;
  const auto operation = waiters_.enter(std::move(who));
  if (const auto& actor = children_.at(id).actor)
    tell(self_, actor, operate{operation, kind, std::move(by)});
  else
    fail_all_of(id, manager_given_up(id));
}

void user_operations::suspend_all(const requester_ptr& by) {
  suspending_ += children_.size();
  if (suspending_ == 0)
    tell(self_, host_, suspended{uid_});
  for (const auto& [id, c] : children_.all())
    begin(id, operation_kind::suspend, {}, by);
}

void user_operations::done(operation_done& m) {
  const auto taken = waiters_.take(m.operation);
  if (!taken)
    return;
  const auto& w = *taken;
  auto& c = children_.at(m.id);
  c.rebuilds = 0;
  if (w.kind == operation_kind::suspend) {
    note_suspended();
    return;
  }
  if (!m.outcome.ok()) {
    failed(w, std::move(m.outcome).failure());
    return;
  }
  c.fresh = false;
  children_.recount(m.id);
  switch (w.kind) {
  case operation_kind::start:
  case operation_kind::restart:
    reply(w.reply_to,
          protocol::process_started{m.id, c.spec().name, c.spec().ports});
    break;
  case operation_kind::stop:
    reply(w.reply_to, protocol::process_stopped{});
    break;
  case operation_kind::remove:
    removed(m.id, c, w.reply_to);
    break;
  case operation_kind::suspend:
    break; // Told above, all at once.
  }
}

void user_operations::failed(const waiter& w, protocol::error why) {
  auto& c = children_.at(w.id);
  if (w.is_run) {
    // Its name is free at once, for whoever mends the command.
    c.leaving = c.never_ran = true;
    children_.free_name(w.id);
    begin(w.id, operation_kind::remove, {});
  } else if (w.kind == operation_kind::remove) {
    // What cannot be forgotten is shown, so that it can be removed later.
    c.leaving = c.fresh = false;
    children_.claim_name(w.id);
  }
  reply(w.reply_to, std::move(why));
}

void user_operations::removed(uint32_t id, const child& c,
                              const ticket& reply_to) {
  const auto ports = c.spec().ports;
  // A run that failed leaves everything as it was.
  auto free = c.never_ran ? c.fresh_ports
                          : core::ports_to_free(ports, c.free_ports,
                                                children_.ports_beside(id));
  children_.erase(id);
  tell(self_, host_, id_released{id});
  fail_all_of(id, removed_meanwhile(id));
  if (ports.empty())
    reply(reply_to, protocol::process_removed{});
  else
    ports_.give_back(id, ports, std::move(free), reply_to);
}

void user_operations::fail_all_of(uint32_t id, const protocol::error& why) {
  for (const auto& w : waiters_.take_all_of(id)) {
    if (w.kind == operation_kind::suspend)
      note_suspended();
    reply(w.reply_to, why);
  }
}

void user_operations::note_suspended() {
  if (--suspending_ == 0)
    tell(self_, host_, suspended{uid_});
}

void user_operations::reply(const ticket& to, protocol::payload what) {
  send_reply(self_, to, std::move(what));
}

} // namespace hiisi::actors
