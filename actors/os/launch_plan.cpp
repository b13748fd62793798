#include "actors/os/launch_plan.hpp"

#include "actors/core/log_paths.hpp"

namespace hiisi::os {

launch_spec plan_launch(const core::process_spec& spec, const identity& owner) {
  launch_spec plan;
  plan.uid = owner.uid;
  plan.gid = owner.gid;
  plan.groups = owner.groups;
  plan.argv = spec.argv;
  plan.env = *spec.env;
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
