// Freeing, keeping and handing on; port_clerk_allocate.cpp and
// port_clerk_look.cpp have the rest.
#include "actors/core/port_clerk.hpp"

#include "actors/core/authorization.hpp"
#include "actors/core/port_state.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace hiisi::core {

using protocol::errc;
using protocol::make_error;
using protocol::payload;
using protocol::result;

namespace {

/// What is decided with where the kernel could not be asked.
const port_reading nothing_seen;

/// Whoever has got an owner's uid after them is somebody else to us.
constexpr uint32_t somebody_else = no_owner - 1;

} // namespace

port_clerk::port_clerk(port_table& table, const port_table& on_disk,
                       port_history& history, const port_circumstances& around)
    : table_(table),
      on_disk_(on_disk),
      history_(history),
      around_(around),
      reading_(around.reading ? *around.reading : nothing_seen) {}

payload port_clerk::answer(const port_caller& who,
                           const protocol::command& what, bool old_client) {
  old_client_ = old_client;
  recognise(who);
  auto done = std::visit(
      [&](const auto& request) { return serve(who, request); }, what);
  return done.ok() ? *std::move(done) : payload{std::move(done).failure()};
}

template <class Other>
port_clerk::outcome port_clerk::serve(const port_caller&, const Other&) {
  return make_error(errc::internal, "request went astray");
}

void port_clerk::recognise(const port_caller& who) {
  // What is replaced stays where it is in the table.
  for (const auto& [port, a] : table_.entries())
    if (a.uid == who.uid && a.user != who.name)
      recognised(a, who.name, who.home);
}

/// An owner who comes under another name keeps their ports.
port_allocation port_clerk::recognised(port_allocation what,
                                       const std::string& name,
                                       const std::string& home) {
  if (what.user == name || !same_owner(what, what.uid, name, home))
    return what;
  auto was = std::exchange(what.user, name);
  table_.replace(what);
  note("rename", what, "was " + was);
  return what;
}

bool port_clerk::is_own(const port_allocation& what,
                        const port_caller& who) const {
  return same_owner(what, who.uid, who.name, who.home);
}

/// The allocation, if the caller may change it.
result<port_allocation> port_clerk::own(const port_caller& who, uint16_t port,
                                        std::string_view what_for) const {
  if (auto checked = check_port(port); !checked)
    return std::move(checked).failure();
  const auto* found = table_.find(port);
  auto words = "port " + std::to_string(port);
  if (!found)
    return make_error(errc::not_found, words + " is not allocated",
                      "hiisi port lookup lists those that are");
  auto uid = is_own(*found, who)     ? who.uid
             : who.uid == found->uid ? somebody_else
                                     : who.uid;
  if (!may({uid, who.administrator}, action::free_port, found->uid))
    return make_error(errc::not_permitted,
                      words + " is allocated to " + found->user
                          + ", not to you",
                      "ask " + found->user + " or an administrator to "
                          + std::string{what_for} + " it");
  return *found;
}

port_clerk::outcome port_clerk::serve(const port_caller& who,
                                      const protocol::port_free_request& r) {
  auto found = own(who, r.port, "free");
  if (!found.ok())
    return std::move(found).failure();
  auto state = state_of(*found, reading_);
  if (state.use == protocol::port_use::listening && !r.force && !old_client_)
    return make_error(errc::conflict,
                      "port " + std::to_string(r.port) + " is in use: "
                          + describe_holder(state.own.front(), reading_)
                          + " listens on it",
                      "stop that first, or free it all the same: hiisi port "
                      "free --force "
                          + std::to_string(r.port));
  forget(*found, "free");
  return payload{protocol::port_freed{}};
}

port_clerk::outcome port_clerk::serve(const port_caller& who,
                                      const protocol::port_keep_request& r) {
  auto found = own(who, r.port, "keep");
  if (!found.ok())
    return std::move(found).failure();
  if (found->keep != r.keep) {
    found->keep = r.keep;
    table_.replace(*found);
    note(r.keep ? "keep" : "unkeep", *found);
  }
  return payload{protocol::port_changed{show(*found)}};
}

port_clerk::outcome
port_clerk::serve(const port_caller& who,
                  const protocol::port_transfer_request& r) {
  const auto* there = table_.find(r.port);
  const auto is_for_them = there && !there->offered_to.empty()
                           && there->offered_uid == who.uid
                           && there->offered_to == who.name;
  auto found = is_for_them && !r.to ? result<port_allocation>{*there}
                                    : own(who, r.port, "transfer");
  if (!found.ok())
    return std::move(found).failure();
  auto words = "port " + std::to_string(r.port);
  if (!r.to) {
    if (found->offered_to.empty())
      return make_error(errc::conflict, words + " is offered to nobody");
    auto was = std::exchange(found->offered_to, {});
    found->offered_uid = no_owner;
    table_.replace(*found);
    note("withdraw", *found, "was offered to " + was);
    return payload{protocol::port_changed{show(*found)}};
  }
  auto uid = around_.uid_of(*r.to);
  if (uid == no_owner)
    return make_error(errc::not_found, "no user named " + *r.to);
  if (uid == found->uid && *r.to == found->user)
    return make_error(errc::conflict, words + " is " + *r.to + "'s already");
  found->offered_to = *r.to;
  found->offered_uid = uid;
  table_.replace(*found);
  note("offer", *found, "to " + *r.to);
  return payload{protocol::port_changed{show(*found)}};
}

protocol::process_removed
port_clerk::release(uint32_t process, uint32_t uid,
                    const std::vector<uint16_t>& ports,
                    const std::vector<uint16_t>& free) {
  protocol::process_removed done;
  const auto why = "process " + std::to_string(process) + " was removed";
  for (auto port : ports) {
    const auto* found = table_.find(port);
    if (!found || found->uid != uid)
      continue;
    if (std::ranges::find(free, port) != free.end()) {
      forget(*found, "free", why);
      done.freed_ports.push_back(port);
      continue;
    }
    if (found->process == process)
      leave(*found, why);
    done.kept_ports.push_back(port);
  }
  return done;
}

/// Its process is no more, and it stays its owner's.
void port_clerk::leave(port_allocation what, std::string why) {
  what.process = 0;
  table_.replace(what);
  note("release", what, std::move(why));
}

result<void>
port_clerk::look_at(uint32_t process,
                    const std::vector<protocol::process_port>& ports) const {
  for (const auto& wanted : ports)
    for (const auto& s : reading_.on(wanted.port)) {
      if (s.udp != wanted.udp || (s.process != 0 && s.process == process))
        continue;
      return make_error(
          errc::conflict,
          (wanted.udp ? "UDP port " : "port ") + std::to_string(wanted.port)
              + " is in use: " + describe_holder(s, reading_)
              + " listens on it",
          "hiisi port check " + std::to_string(wanted.port) + " tells more");
    }
  return {};
}

void port_clerk::look_around(tidying what) {
  if (!around_.reading)
    return;
  const auto& all = table_.entries();
  for (auto i = all.begin(); i != all.end();) {
    // What is changed stays where it is in the table; what is freed does not.
    const auto& a = (i++)->second;
    if (auto person = reading_.people.find(a.uid);
        person != reading_.people.end() && a.user != person->second.name
        && person->second.is == port_person::standing::known)
      recognised(a, person->second.name, person->second.home);
    if (what != tidying::nothing && a.process != 0 && reading_.processes_known
        && !reading_.processes.contains(a.process)) {
      // It went as the daemon ended, and nobody could say so.
      auto left = a;
      const auto gone = std::exchange(left.process, 0);
      leave(std::move(left),
            "process " + std::to_string(gone) + " is not there any more");
    }
    auto state = state_of(a, reading_);
    history_.observe(a.port, state.use == protocol::port_use::listening,
                     around_.now);
    if (what != tidying::ports)
      continue;
    auto fate = fate_of(a, reading_, history_, around_.policy, around_.now);
    if (fate.due)
      forget(a, "collect", fate.why);
  }
}

std::vector<port_deed> port_clerk::take_deeds() {
  return std::exchange(deeds_, {});
}

void port_clerk::forget(const port_allocation& what, std::string deed,
                        std::string detail) {
  // What is passed may be the table's own.
  const auto gone = what;
  note(std::move(deed), gone, std::move(detail));
  history_.freed(gone.port, around_.now);
  std::ignore = table_.free(gone.port, {0, true});
}

void port_clerk::note(std::string what, const port_allocation& a,
                      std::string detail) {
  deeds_.push_back(
      {std::move(what), a.port, a.uid, a.user, a.label, std::move(detail)});
}

} // namespace hiisi::core
