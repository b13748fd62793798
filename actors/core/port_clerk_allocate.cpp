// Whatever gives somebody a port.
#include "actors/core/authorization.hpp"
#include "actors/core/port_clerk.hpp"
#include "actors/core/port_state.hpp"

#include <algorithm>
#include <tuple>

namespace hiisi::core {

using protocol::errc;
using protocol::make_error;
using protocol::payload;
using protocol::result;

namespace {

std::string words_for(const std::vector<port_range>& ranges) {
  std::string out;
  for (const auto& range : ranges)
    out += (out.empty() ? "from " : " or from ") + std::to_string(range.first)
           + " to " + std::to_string(range.last);
  return out;
}

} // namespace

/// Everything that a choice for `who` stays away from.
port_set port_clerk::taken_for(const port_caller& who) const {
  auto taken = around_.policy.all_unlucky();
  taken.add(around_.policy.denied);
  table_.add_to(taken);
  for (const auto& s : reading_.sightings)
    taken.add(s.port);
  history_.add_quarantined(taken, around_.now, around_.policy.quarantine);
  if (auto ranges = allowance_of(around_.policy, who).ranges; !ranges.empty())
    taken.add_all_but(ranges);
  return taken;
}

/// Whether the caller may have this very port, which is not allocated.
result<void> port_clerk::may_have(const port_caller& who, uint16_t port,
                                  bool udp) const {
  if (auto checked = check_port(port); !checked)
    return checked;
  if (who.uid != 0 && around_.policy.denied.contains(port))
    return make_error(errc::not_permitted,
                      words_for(port)
                          + " is not given to anybody, as the administrator "
                            "has said",
                      "ask for another, or for none in particular");
  if (auto allowed = allowance_of(around_.policy, who); !allowed.contains(port))
    return make_error(
        errc::not_permitted, words_for(port) + " is outside of your range",
        "ports of " + allowed.whose + " lie " + words_for(allowed.ranges));
  for (const auto& s : reading_.on(port)) {
    if (s.udp != udp || s.uid == who.uid || s.process_uid == who.uid)
      continue;
    auto next = next_free_port(port, {}, taken_for(who));
    return make_error(errc::conflict,
                      describe_holder(s, reading_) + " listens on "
                          + words_for(port)
                          + " already, without having allocated it",
                      next ? "the next free one is " + std::to_string(*next)
                           : std::string("there is no free one"));
  }
  return {};
}

result<void> port_clerk::has_room(const port_caller& who, size_t more) const {
  auto quota = allowance_of(around_.policy, who).quota;
  if (!quota)
    return {};
  auto have = std::ranges::count_if(table_.entries(), [&](const auto& entry) {
    return is_own(entry.second, who);
  });
  if (static_cast<size_t>(have) + more <= *quota)
    return {};
  return make_error(errc::limit_exceeded,
                    "you have " + std::to_string(have) + " of "
                        + std::to_string(*quota) + " ports",
                    "free one that is no longer used (hiisi port lookup "
                        + who.name
                        + "), or ask an administrator to raise ports.quota");
}

result<uint16_t> port_clerk::choose(const port_caller& who, uint16_t count) {
  if (!around_.reading)
    return around_.why_not;
  auto allowed = allowance_of(around_.policy, who);
  port_range within;
  if (!allowed.ranges.empty()) {
    within = {protocol::max_port, protocol::min_port};
    for (const auto& range : allowed.ranges)
      within = {std::min(within.first, range.first),
                std::max(within.last, range.last)};
  }
  return choose_block(within, count, taken_for(who), around_.random);
}

result<void> port_clerk::enter(const port_caller& who, port_allocation what,
                               std::string deed) {
  what.uid = who.uid;
  what.user = who.name;
  what.home = who.home;
  what.allocated_at = around_.now;
  if (!table_.find(what.port))
    if (auto open = may_have(who, what.port, what.udp); !open)
      return open;
  auto entered = table_.allocate(what, taken_for(who), [&](const auto& a) {
    return describe_use(a, reading_, history_);
  });
  if (entered.ok())
    note(std::move(deed), what);
  return entered;
}

port_clerk::outcome
port_clerk::serve(const port_caller& who,
                  const protocol::port_allocate_request& r) {
  if (const auto* labelled = table_.find_label(who.uid, r.label);
      labelled && is_own(*labelled, who)) {
    if (r.port && *r.port != labelled->port)
      return make_error(errc::conflict,
                        words_for(labelled->port) + " is labelled " + r.label
                            + " already",
                        "choose another label, or free that port first");
    return payload{protocol::port_allocated{labelled->port, {}}};
  }
  if (!r.port || !table_.find(*r.port))
    if (auto room = has_room(who, r.count); !room)
      return std::move(room).failure();
  port_allocation wanted;
  wanted.label = r.label;
  wanted.udp = r.udp;
  std::vector<uint16_t> ports;
  const auto deeds_before = deeds_.size();
  while (ports.size() < r.count) {
    const auto at_once = r.contiguous ? r.count : uint16_t{1};
    auto first = r.port ? result<uint16_t>{*r.port} : choose(who, at_once);
    auto entered = first.ok() ? result<void>{}
                              : result<void>{std::move(first).failure()};
    for (uint16_t i = 0; i < at_once && entered.ok(); ++i) {
      wanted.port = static_cast<uint16_t>(*first + i);
      entered = enter(who, wanted, "allocate");
      if (entered.ok())
        ports.push_back(wanted.port);
    }
    if (!entered.ok()) {
      // Several are given together or not at all. A copy of the table to go
      // back to would cost every allocation what there are of them.
      for (const auto port : ports)
        std::ignore = table_.free(port, {0, true});
      deeds_.resize(deeds_before);
      return std::move(entered).failure();
    }
  }
  std::sort(ports.begin(), ports.end());
  return payload{protocol::port_allocated{ports.front(),
                                          {ports.begin() + 1, ports.end()}}};
}

port_clerk::outcome port_clerk::serve(const port_caller& who,
                                      const protocol::port_suggest_request& r) {
  if (!around_.reading)
    return around_.why_not;
  auto taken = taken_for(who);
  protocol::port_suggestions all;
  auto near = r.near;
  while (all.ports.size() < r.count) {
    std::optional<uint16_t> next;
    if (near)
      next = next_free_port(*near, {}, taken);
    else if (auto chosen = choose_port({}, taken, around_.random); chosen.ok())
      next = *chosen;
    if (!next)
      break;
    taken.add(*next);
    all.ports.push_back(*next);
    if (near)
      near = next;
  }
  if (all.ports.empty())
    return choose_port({}, taken, around_.random).failure();
  return payload{std::move(all)};
}

port_clerk::outcome port_clerk::serve(const port_caller& who,
                                      const protocol::port_accept_request& r) {
  const auto* found = table_.find(r.port);
  if (!found || found->offered_to != who.name || found->offered_uid != who.uid)
    return make_error(errc::not_found,
                      words_for(r.port) + " is not offered to you",
                      "its owner offers it: hiisi port transfer "
                          + std::to_string(r.port) + " " + who.name);
  if (auto room = has_room(who, 1); !room)
    return std::move(room).failure();
  if (!allowance_of(around_.policy, who).contains(r.port))
    return may_have(who, r.port, found->udp).failure();
  auto taken = *found;
  auto from = "from " + taken.user;
  taken.uid = who.uid;
  taken.user = who.name;
  taken.home = who.home;
  taken.allocated_at = around_.now;
  taken.offered_to.clear();
  taken.offered_uid = no_owner;
  taken.process = 0;
  if (table_.find_label(who.uid, taken.label))
    taken.label.clear(); // It is another port's of theirs.
  table_.replace(taken);
  note("accept", taken, from);
  return payload{protocol::port_changed{show(taken)}};
}

result<port_allocation>
port_clerk::find_or_make(const port_caller& owner,
                         const protocol::port_wish& wish,
                         claimed_ports& given) {
  const auto* labelled = table_.find_label(owner.uid, wish.label);
  const auto* there = wish.port ? table_.find(*wish.port) : labelled;
  if (there && is_own(*there, owner)) {
    if (labelled && labelled != there)
      return make_error(errc::conflict,
                        words_for(labelled->port) + " is labelled " + wish.label
                            + " already",
                        "choose another label");
    auto found = *there;
    if (!wish.label.empty())
      found.label = wish.label;
    return found;
  }
  if (!there)
    if (auto room = has_room(owner, 1); !room)
      return std::move(room).failure();
  auto port = wish.port ? result<uint16_t>{*wish.port} : choose(owner, 1);
  if (!port.ok())
    return std::move(port).failure();
  port_allocation wanted;
  wanted.port = *port;
  wanted.label = wish.label;
  wanted.udp = wish.udp;
  if (auto entered = enter(owner, wanted, "allocate"); !entered.ok())
    return std::move(entered).failure();
  given.fresh.push_back(*port);
  return *table_.find(*port);
}

result<claimed_ports>
port_clerk::claim(const port_caller& owner, uint32_t process,
                  const std::vector<protocol::port_wish>& wishes) {
  recognise(owner);
  const auto before = table_;
  const auto deeds_before = deeds_.size();
  claimed_ports given;
  for (const auto& wish : wishes) {
    auto found = find_or_make(owner, wish, given);
    if (!found.ok()) {
      table_ = before;
      deeds_.resize(deeds_before);
      return std::move(found).failure();
    }
    found->process = process;
    if (*found != *table_.find(found->port)) {
      table_.replace(*found);
      note("claim", *found, "for process " + std::to_string(process));
    }
    given.ports.push_back({found->port, found->label, wish.udp,
                           wish.port || !wish.label.empty()});
  }
  return given;
}

} // namespace hiisi::core
