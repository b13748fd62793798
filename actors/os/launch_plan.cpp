#include "actors/os/launch_plan.hpp"

#include "actors/core/log_paths.hpp"
#include "actors/core/process_ports.hpp"

#include <sys/resource.h>

namespace hiisi::os {

namespace {

/// A program that is at the end of its CPU time is told by SIGXCPU, has this
/// many seconds to write down where it was, and is then killed.
constexpr uint64_t cpu_grace = 5;

keeper_wire::launch_limit limit_of(protocol::limited_resource what,
                                   uint64_t most) {
  using protocol::limited_resource;
  switch (what) {
  case limited_resource::nofile:
    return {RLIMIT_NOFILE, 0, most, most};
  case limited_resource::nproc:
    return {RLIMIT_NPROC, 0, most, most};
  case limited_resource::cpu:
    return {RLIMIT_CPU, 0, most, most + cpu_grace};
  case limited_resource::memory:
    break;
  }
  return {RLIMIT_AS, 0, most, most};
}

} // namespace

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
  for (const auto& [what, most] : spec.limits)
    plan.limits.push_back(limit_of(what, most));
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
