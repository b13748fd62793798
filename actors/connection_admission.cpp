#include "actors/connection_admission.hpp"

#include "actors/caf_compat.hpp"
#include "actors/os/clock.hpp"
#include "actors/quota_clerk.hpp"

#include <utility>

namespace hiisi::actors {

connection_admission::connection_admission(caf::io::broker* self,
                                           const session_neighbours& to,
                                           core::connection_settings usual,
                                           limit_policy_ptr policy)
    : self_(self), to_(to), shares_(usual, std::move(policy)) {}

bool connection_admission::admit(const os::credentials& peer) {
  if (!usage().connect(peer.uid)) {
    note_refusal(peer, "too many connections");
    return false;
  }
  if (shares_.is_to_be_asked_for(peer.uid))
    tell(self_, to_.directory, identify{peer.uid, self_});
  return true;
}

void connection_admission::learn(const identified& m) {
  if (m.who.ok())
    shares_.learn(m.uid, (*m.who)->name, (*m.who)->groups);
}

void connection_admission::count(const count_use& m) {
  const auto use = usage().use_of(m.who->uid);
  const auto limit = shares_.share_of(m.who->uid, m.who->name, m.who->groups);
  use_counted out{m.question, {}};
  out.entries
      = {quota_entry_of("connections", use.connections, limit.connections),
         quota_entry_of("bytes_in_flight", use.bytes, limit.bytes)};
  tell(self_, m.asker, std::move(out));
}

void connection_admission::note_refusal(const os::credentials& peer,
                                        std::string why) {
  if (!to_.events)
    return;
  protocol::event e;
  e.at = os::wall_now();
  e.what = protocol::event_kind::refusal;
  e.uid = peer.uid;
  e.by = {protocol::event_cause::kind::user, peer.uid, {}, peer.pid};
  e.text = std::move(why);
  tell(self_, to_.events, happened{std::move(e)});
}

} // namespace hiisi::actors
