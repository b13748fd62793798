#include "actors/os/hook_launch.hpp"

#include "actors/core/log_paths.hpp"

namespace hiisi::os {

launch_spec plan_hook(const core::kept_hook& hook, const identity& owner,
                      std::string input) {
  launch_spec plan;
  plan.uid = owner.uid;
  plan.gid = owner.gid;
  plan.groups = owner.groups;
  plan.argv = {"/bin/sh", "-c",
               "printf %s \"$HIISI_EVENTS\" | { unset HIISI_EVENTS; exec "
               "\"$@\"; }",
               "hook"};
  plan.argv.insert(plan.argv.end(), hook.what.argv.begin(),
                   hook.what.argv.end());
  plan.env = hook.what.env;
  plan.env["HIISI_EVENTS"] = std::move(input);
  plan.cwd = hook.what.cwd;
  plan.umask = hook.what.umask.value_or(0022);
  plan.log_directory = owner.home + "/" + std::string{core::log_directory_name};
  const auto log = plan.log_directory + "/hook-" + std::to_string(hook.number);
  plan.output_log = log + ".out";
  plan.error_log = log + ".err";
  return plan;
}

} // namespace hiisi::os
