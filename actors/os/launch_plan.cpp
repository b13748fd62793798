#include "actors/os/launch_plan.hpp"

#include "actors/core/log_paths.hpp"
#include "actors/core/process_ports.hpp"

namespace hiisi::os {

launch_spec plan_launch(const core::process_spec& spec, const identity& owner) {
  launch_spec plan;
  plan.uid = owner.uid;
  plan.gid = owner.gid;
  plan.groups = owner.groups;
  plan.argv = spec.argv;
  plan.env = *spec.env;
  for (auto& [name, number] : core::port_variables(spec.ports))
    plan.env.insert_or_assign(name, std::move(number));
  if (spec.listen) {
    // The keeper adds these two, and a caller may have had some of its own.
    plan.env.erase("LISTEN_FDS");
    plan.env.erase("LISTEN_PID");
    plan.env.insert_or_assign("LISTEN_FDNAMES", core::socket_names(spec.ports));
  }
  plan.cwd = spec.cwd;
  plan.umask = spec.umask;
  auto logs = core::log_paths_for(owner.home, spec.id, spec.name);
  if (logs.ok()) {
    plan.log_directory
        = owner.home + "/" + std::string{core::log_directory_name};
    plan.output_log = logs->standard_output;
    plan.error_log = logs->standard_error;
  }
  return plan;
}

} // namespace hiisi::os
