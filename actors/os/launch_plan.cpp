#include "actors/os/launch_plan.hpp"

#include "actors/core/log_paths.hpp"
#include "actors/core/process_ports.hpp"

#include <sys/resource.h>

namespace hiisi::os {

namespace {

/// A program that is at the end of its CPU time is told by SIGXCPU, has this
/// many seconds to write down where it was, and is then killed.
constexpr uint64_t cpu_grace = 5;

/// What cpu.max has, in microseconds: the time in which so much may be used.
constexpr uint64_t cpu_period = 100'000;

void limit(launch_spec& plan, protocol::limited_resource what, uint64_t most) {
  using protocol::limited_resource;
  switch (what) {
  case limited_resource::nofile:
    plan.limits.push_back({RLIMIT_NOFILE, 0, most, most});
    break;
  case limited_resource::nproc:
    plan.limits.push_back({RLIMIT_NPROC, 0, most, most});
    plan.pids_max = std::to_string(most);
    break;
  case limited_resource::cpu:
    plan.limits.push_back({RLIMIT_CPU, 0, most, most + cpu_grace});
    break;
  case limited_resource::memory:
    plan.limits.push_back({RLIMIT_AS, 0, most, most});
    plan.memory_max = std::to_string(most);
    break;
  case limited_resource::cpus:
    plan.cpu_max = std::to_string(most * cpu_period / 1000) + " "
                   + std::to_string(cpu_period);
    break;
  }
}

} // namespace

launch_spec plan_launch(const core::process_spec& spec, const identity& owner) {
  launch_spec plan;
  plan.uid = owner.uid;
  plan.gid = owner.gid;
  plan.groups = owner.groups;
  plan.argv = spec.argv;
  plan.shared_env = spec.env;
  plan.env = core::port_variables(spec.ports);
  if (spec.listen)
    plan.env.insert_or_assign("LISTEN_FDNAMES", core::socket_names(spec.ports));
  plan.cwd = spec.cwd;
  plan.umask = spec.umask;
  for (const auto& [what, most] : spec.limits)
    limit(plan, what, most);
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
