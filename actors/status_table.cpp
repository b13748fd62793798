#include "actors/status_table.hpp"

#include <algorithm>
#include <string_view>

namespace hiisi::actors {

namespace {

std::string base_name(std::string_view path) {
  const auto slash = path.find_last_of('/');
  return std::string{slash == std::string_view::npos ? path
                                                     : path.substr(slash + 1)};
}

} // namespace

protocol::status_entry show(const process_view& view,
                            const core::subject& viewer, core::boot_time now,
                            const core::unused_ports& unused) {
  using protocol::process_state;
  const auto& record = view.record;
  const auto& spec = *record.spec;
  protocol::status_entry row;
  row.id = spec.id;
  row.name = spec.name;
  row.user = spec.user;
  row.uid = spec.uid;
  row.state = record.state;
  row.created = spec.created;
  row.ports = spec.ports;
  core::mark_unused(row.ports, unused);
  row.held = spec.listen.has_value();
  row.uptime = uptime(up_since(view), now);
  if (!core::may(viewer, core::action::see_fully, spec.uid)) {
    row.argv = {base_name(spec.argv.front())};
    return row;
  }
  row.full = true;
  row.argv = spec.argv;
  row.cwd = spec.cwd;
  row.policy = spec.policy;
  row.timestamps = spec.timestamps;
  row.terminal = spec.terminal;
  row.restarts = record.restarts;
  row.pid = core::is_up(record.state) ? view.child.pid : 0;
  row.last_exit = record.last_exit;
  row.reason = record.reason;
  if (record.state == process_state::backoff)
    row.next_restart = std::max(view.restart_at - now, core::boot_time{0});
  return row;
}

std::optional<core::boot_time> up_since(const process_view& view) {
  using enum protocol::process_state;
  const auto state = view.record.state;
  return state == running || state == stopping
             ? std::optional{view.child.started_at}
             : std::nullopt;
}

core::boot_time uptime(std::optional<core::boot_time> since,
                       core::boot_time now) {
  return since ? std::max(now - *since, core::boot_time{0})
               : core::boot_time{0};
}

} // namespace hiisi::actors
