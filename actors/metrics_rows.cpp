#include "actors/metrics_rows.hpp"

#include "actors/os/clock.hpp"
#include "protocol/utf8.hpp"

#include <algorithm>

namespace hiisi::actors {

namespace {

template <class Value>
void raise(Value& value, Value& highest) {
  highest = std::max(value, highest);
  value = highest;
}

} // namespace

usage_ledger::entry& usage_ledger::of(uint32_t id, uint32_t run) {
  auto& e = entries_[id];
  if (e.run != run)
    e = {};
  e.run = run;
  e.asked_for = true;
  return e;
}

void usage_ledger::settle(uint32_t id, uint32_t run,
                          protocol::process_usage& usage) {
  auto& highest = of(id, run).highest;
  raise(usage.cpu_user, highest.cpu_user);
  raise(usage.cpu_system, highest.cpu_system);
  // An absent number is less than any.
  raise(usage.read_bytes, highest.read_bytes);
  raise(usage.written_bytes, highest.written_bytes);
}

protocol::wall_time usage_ledger::started(uint32_t id, uint32_t run,
                                          core::boot_time since_boot) {
  auto& known = of(id, run).started;
  if (!known)
    known = os::wall_at(since_boot);
  return *known;
}

void usage_ledger::forget_the_gone() {
  for (auto i = entries_.begin(); i != entries_.end();)
    if (std::exchange(i->second.asked_for, false))
      ++i;
    else
      i = entries_.erase(i);
}

core::process_reading row_of(const process_view& view, core::boot_time now) {
  using protocol::exit_info;
  const auto& record = view.record;
  const auto& spec = *record.spec;
  core::process_reading row;
  row.id = spec.id;
  row.name = protocol::to_valid_utf8(spec.name);
  row.user = protocol::to_valid_utf8(spec.user);
  row.up = core::is_up(record.state);
  row.restarts = record.restarts;
  if (record.last_exit && record.last_exit->how != exit_info::kind::unknown)
    row.last_exit_status
        = record.last_exit->value
          + (record.last_exit->how == exit_info::kind::signaled ? 128 : 0);
  if (record.state == protocol::process_state::backoff)
    row.backoff = std::max(view.restart_at - now, core::boot_time{0});
  return row;
}

void add_to_user(core::user_reading& user, const core::process_reading& row,
                 const core::process_record& record) {
  ++user.processes[static_cast<size_t>(record.state)];
  if (core::is_defined(record)) {
    ++user.defined;
    ++user.logs[record.spec->logs];
  }
  if (!row.usage)
    return;
  user.cpu += row.usage->cpu_user + row.usage->cpu_system;
  user.resident += row.usage->resident;
}

core::port_counts count_ports(std::span<const protocol::port_entry> shown) {
  core::port_counts out;
  for (const auto& entry : shown)
    switch (entry.use) {
    case protocol::port_use::idle:
      ++(entry.unused ? out.unused : out.idle);
      break;
    case protocol::port_use::listening:
      ++out.in_use;
      break;
    case protocol::port_use::taken:
      ++out.taken;
      break;
    case protocol::port_use::unregistered:
      ++out.unregistered;
      break;
    }
  return out;
}

} // namespace hiisi::actors
