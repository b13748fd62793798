#pragma once

#include "actors/child_table.hpp"
#include "actors/messages.hpp"
#include "actors/port_claims.hpp"
#include "actors/waiters.hpp"

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include <cstddef>
#include <cstdint>

namespace hiisi::actors {

/// The operations under way on one user's processes: hands each to the
/// process_actor concerned, answers whoever waits when it has ended, and lets
/// go of what was removed. Each is answered exactly once, whatever becomes of
/// its process.
class user_operations {
public:
  /// Works on `children`, and gives the ports of what is removed back by
  /// `ports`; both must outlive it.
  user_operations(caf::event_based_actor* self, uint32_t uid, caf::actor host,
                  child_table& children, port_claims& ports);

  /// Begins one for whoever holds the ticket; `by` is who asked for it, null
  /// for the supervisor itself.
  void begin(uint32_t id, operation_kind kind, const ticket& reply_to,
             requester_ptr by = nullptr);
  /// Begins the first start of a run: if that fails, nothing of it stays.
  void begin_run(uint32_t id, const ticket& reply_to, requester_ptr by);
  /// Ends everything, as the host goes down, which is told by `suspended` once
  /// all of it has ended.
  void suspend_all(const requester_ptr& by);

  /// A process_actor has ended one.
  void done(operation_done& m);
  /// Whoever still waits for `id` is told `why`.
  void fail_all_of(uint32_t id, const protocol::error& why);

  /// How many have yet to end as the host goes down.
  [[nodiscard]] size_t suspending() const noexcept { return suspending_; }

private:
  void begin(waiter who, requester_ptr by);
  void failed(const waiter& w, protocol::error why);
  void removed(uint32_t id, const child& c, const ticket& reply_to);
  void note_suspended();
  void reply(const ticket& to, protocol::payload what);

  caf::event_based_actor* self_;
  uint32_t uid_;
  caf::actor host_;
  child_table& children_;
  port_claims& ports_;
  waiters waiters_;
  size_t suspending_ = 0;
};

} // namespace hiisi::actors
