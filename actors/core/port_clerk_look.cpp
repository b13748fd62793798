// Whatever only shows, and the collection of what is unused.
#include "actors/core/authorization.hpp"
#include "actors/core/port_clerk.hpp"
#include "actors/core/port_state.hpp"

#include <algorithm>

namespace hiisi::core {

using protocol::errc;
using protocol::make_error;
using protocol::payload;
using protocol::port_entry;

port_entry port_clerk::show(const port_allocation& what) const {
  return show_port(what, reading_, history_, around_.policy, around_.now);
}

/// Listeners without an allocation, as far as they are the caller's to see.
std::vector<port_entry>
port_clerk::strangers_for(const port_caller& who) const {
  auto all = unregistered(on_disk_, reading_, around_.policy.ephemeral);
  const auto sees_all
      = around_.policy.shared
        && may({who.uid, who.administrator}, action::see_fully, no_owner);
  std::erase_if(all, [&](const port_entry& entry) {
    return !sees_all && entry.user != who.name
           && entry.user != reading_.name_of(who.uid);
  });
  return all;
}

port_clerk::outcome port_clerk::serve(const port_caller& who,
                                      const protocol::port_lookup_request& r) {
  if (!around_.reading)
    return around_.why_not;
  protocol::port_list list;
  for (const auto& a : on_disk_.lookup(r.user))
    list.entries.push_back(show(a));
  for (auto& entry : strangers_for(who))
    if (!r.user || entry.user == *r.user)
      list.entries.push_back(std::move(entry));
  if (r.user && list.entries.empty() && around_.uid_of(*r.user) == no_owner)
    return make_error(errc::not_found, "no user named " + *r.user,
                      "hiisi port lookup lists everybody's ports");
  std::ranges::stable_sort(list.entries, {}, &port_entry::port);
  return payload{std::move(list)};
}

port_clerk::outcome port_clerk::serve(const port_caller& who,
                                      const protocol::port_check_request& r) {
  if (!around_.reading)
    return around_.why_not;
  protocol::port_report report;
  report.port = r.port;
  const auto* a = on_disk_.find(r.port);
  if (a) {
    report.entries.push_back(show(*a));
  } else {
    for (auto& entry : strangers_for(who))
      if (entry.port == r.port)
        report.entries.push_back(std::move(entry));
    // TCP, which is what most ask for; a UDP socket is shown all the same.
    if (auto open = may_have(who, r.port, false); !open.ok())
      report.remarks.push_back(open.failure().message);
    else
      report.available = true;
  }
  for (const auto& reason : around_.policy.unlucky)
    if (reason.ports.contains(r.port))
      report.remarks.push_back(reason.why);
  if (auto when
      = history_.in_quarantine(r.port, around_.now, around_.policy.quarantine))
    report.remarks.push_back(
        "it was freed "
        + std::to_string(
            std::chrono::floor<std::chrono::minutes>(around_.now - *when)
                .count())
        + " minutes ago");
  if (!report.available)
    report.next_free = next_free_port(r.port, {}, taken_for(who));
  return payload{std::move(report)};
}

port_clerk::outcome port_clerk::serve(const port_caller& who,
                                      const protocol::port_collect_request& r) {
  if (!around_.reading)
    return around_.why_not;
  protocol::port_collection collected{r.dry_run, {}};
  for (const auto& a : table_.lookup()) {
    if (!is_own(a, who) && who.uid != 0 && !who.administrator)
      continue;
    if (state_of(a, reading_).use == protocol::port_use::listening)
      continue;
    auto fate = fate_of(a, reading_, history_, around_.policy, around_.now);
    collected.verdicts.push_back({show(a), fate.due, fate.why});
    if (fate.due && !r.dry_run)
      forget(a, "collect", fate.why);
  }
  return payload{std::move(collected)};
}

} // namespace hiisi::core
