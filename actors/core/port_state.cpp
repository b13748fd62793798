#include "actors/core/port_state.hpp"

#include <algorithm>
#include <chrono>

namespace hiisi::core {

using protocol::port_entry;
using protocol::port_use;
using protocol::wall_time;

namespace {

std::string words_for_process(uint32_t id, const std::string& name) {
  return "process " + std::to_string(id)
         + (name.empty() ? "" : " (" + name + ")");
}

/// "31 days", "5 hours", "2 minutes".
std::string words_for(wall_time::duration how_long) {
  using namespace std::chrono;
  auto in = [](int64_t count, const char* unit) {
    return std::to_string(count) + " " + unit + (count == 1 ? "" : "s");
  };
  if (how_long >= days{2})
    return in(floor<days>(how_long).count(), "day");
  if (how_long >= hours{2})
    return in(floor<hours>(how_long).count(), "hour");
  return in(std::max<int64_t>(floor<minutes>(how_long).count(), 0), "minute");
}

bool is_mine(const port_allocation& what, const port_sighting& s) {
  return s.uid == what.uid || (s.process != 0 && s.process_uid == what.uid);
}

} // namespace

bool same_owner(const port_allocation& what, uint32_t uid,
                std::string_view name, std::string_view home) {
  return what.uid == uid
         && (what.user == name || (!what.home.empty() && what.home == home));
}

bool is_orphaned(const port_allocation& what, const port_reading& reading) {
  auto found = reading.people.find(what.uid);
  if (found == reading.people.end())
    return false;
  const auto& person = found->second;
  using enum port_person::standing;
  return person.is == gone
         || (person.is == known
             && !same_owner(what, what.uid, person.name, person.home));
}

port_state state_of(const port_allocation& what, const port_reading& reading) {
  port_state state;
  const auto has_owner = !is_orphaned(what, reading);
  for (const auto& s : reading.on(what.port)) {
    state.active = true;
    if (has_owner && is_mine(what, s))
      state.own.push_back(s);
    else if (s.udp == what.udp)
      state.others.push_back(s);
  }
  state.use = !state.own.empty()      ? port_use::listening
              : !state.others.empty() ? port_use::taken
                                      : port_use::idle;
  return state;
}

port_fate fate_of(const port_allocation& what, const port_reading& reading,
                  const port_history& history, const port_policy& policy,
                  wall_time now) {
  const auto idle = now - history.idle_since(what);
  const auto so_long = "idle for " + words_for(idle);
  if (state_of(what, reading).use == port_use::listening)
    return {false, false, "its owner listens on it"};
  if (what.keep)
    return {false, false, so_long + ", but its owner keeps it"};
  auto process = reading.processes.find(what.process);
  if (what.process != 0
      && (process != reading.processes.end() || !reading.processes_known))
    return {
        idle >= policy.unused_after, false,
        so_long + ", but "
            + words_for_process(what.process, process == reading.processes.end()
                                                  ? std::string{}
                                                  : process->second)
            + " is defined with it"};
  if (idle >= policy.collect_after)
    return {true, true, so_long};
  return {idle >= policy.unused_after, false,
          so_long + ", and collected after " + words_for(policy.collect_after)};
}

port_entry show_port(const port_allocation& what, const port_reading& reading,
                     const port_history& history, const port_policy& policy,
                     wall_time now) {
  const auto state = state_of(what, reading);
  port_entry entry;
  entry.port = what.port;
  entry.user = what.user;
  entry.active = state.active;
  entry.allocated_at = what.allocated_at;
  entry.use = state.use;
  entry.udp = what.udp;
  entry.label = what.label;
  auto by_ours = std::ranges::find_if(
      state.own, [](const auto& s) { return s.process != 0; });
  if (by_ours != state.own.end()) {
    entry.process = by_ours->process;
    entry.process_name = by_ours->process_name;
  } else if (auto p = reading.processes.find(what.process);
             p != reading.processes.end()) {
    entry.process = p->first;
    entry.process_name = p->second;
  }
  if (state.use != port_use::listening)
    entry.idle_since = history.idle_since(what);
  for (const auto& other : state.others)
    if (auto name = reading.name_of(other.uid);
        std::ranges::find(entry.others, name) == entry.others.end())
      entry.others.push_back(std::move(name));
  entry.keep = what.keep;
  entry.unused = fate_of(what, reading, history, policy, now).unused;
  entry.orphaned = is_orphaned(what, reading);
  entry.offered_to = what.offered_to;
  return entry;
}

std::vector<port_entry> unregistered(const port_table& table,
                                     const port_reading& reading,
                                     const port_set& ephemeral) {
  std::vector<port_entry> found;
  for (const auto& s : reading.sightings) {
    if (s.port < protocol::min_port || table.find(s.port)
        || (s.udp && ephemeral.contains(s.port)))
      continue;
    auto name = reading.name_of(s.uid);
    // By port: what is the same stands at the end.
    auto same = std::find_if(found.rbegin(), found.rend(), [&](const auto& e) {
      return e.port != s.port || (e.udp == s.udp && e.user == name);
    });
    if (same != found.rend() && same->port == s.port) {
      if (same->process == 0) {
        same->process = s.process;
        same->process_name = s.process_name;
      }
      continue;
    }
    port_entry entry;
    entry.port = s.port;
    entry.user = std::move(name);
    entry.active = true;
    entry.use = port_use::unregistered;
    entry.udp = s.udp;
    entry.process = s.process;
    entry.process_name = s.process_name;
    found.push_back(std::move(entry));
  }
  return found;
}

std::string describe_use(const port_allocation& what,
                         const port_reading& reading,
                         const port_history& history) {
  const auto state = state_of(what, reading);
  if (state.use == port_use::listening) {
    const auto& who = state.own.front();
    return ", who listens on it"
           + (who.process == 0
                  ? std::string{}
                  : " (" + words_for_process(who.process, who.process_name)
                        + ")");
  }
  if (state.use == port_use::taken)
    return ", and " + describe_holder(state.others.front(), reading)
           + " listens on it";
  return ", idle since " + date_of(history.idle_since(what));
}

std::string describe_holder(const port_sighting& who,
                            const port_reading& reading) {
  const auto name = reading.name_of(who.uid);
  if (who.process == 0)
    return name;
  return words_for_process(who.process, who.process_name) + " of " + name;
}

} // namespace hiisi::core
