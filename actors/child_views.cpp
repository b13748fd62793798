#include "actors/child_views.hpp"

#include "actors/core/process_record.hpp"

#include <string>
#include <utility>

namespace hiisi::actors {

bool writes(const process_view& view) {
  return core::is_up(view.record.state)
         || view.record.state == protocol::process_state::backoff;
}

shown_writers writers_of(const child_table& children, uint32_t uid,
                         identity_ptr owner) {
  shown_writers out{uid, std::move(owner), {}};
  for (const auto& [id, c] : children.all())
    if (writes(*c.view))
      out.all.push_back({id, c.view->child.pid, c.spec().name, c.spec().logs});
  return out;
}

std::vector<located_process>
located_among(const child_table& children, uint32_t uid,
              const std::set<uint32_t>& ids,
              const std::vector<cgroup_trace>& traces) {
  std::set<uint64_t> cgroups;
  for (const auto& trace : traces)
    cgroups.insert(trace.cgroup_id);
  std::vector<located_process> out;
  for (const auto& [id, c] : children.all()) {
    const auto cgroup = c.view->child.cgroup_id;
    if (!c.leaving && (ids.contains(id) || cgroups.contains(cgroup)))
      out.push_back({id, uid, c.spec().name, cgroup});
  }
  return out;
}

core::ron::value portrait_of(const child_table& children) {
  std::vector<core::ron::value> processes;
  for (const auto& [id, c] : children.all())
    processes.push_back(
        core::ron::struct_builder{}
            .add("id", id)
            .add("name", c.spec().name)
            .add("state", std::string{to_string(c.view->record.state)})
            .add("actor", c.actor ? c.actor.id() : 0)
            .add("rebuilds", c.rebuilds)
            .add("fresh", c.fresh)
            .add("leaving", c.leaving)
            .build());
  return core::ron::value::list(std::move(processes));
}

} // namespace hiisi::actors
