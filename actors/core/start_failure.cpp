#include "actors/core/start_failure.hpp"

#include "actors/core/log_paths.hpp"

#include <cerrno>
#include <system_error>

namespace hiisi::core {

namespace {

std::string reason_of(int error) {
  return std::generic_category().message(error);
}

} // namespace

std::string describe_start_failure(keeper_wire::stage at, int error,
                                   const process_spec& spec,
                                   std::string_view home) {
  using keeper_wire::stage;
  const auto program = spec.argv.empty() ? std::string{} : spec.argv.front();
  const auto logs = log_paths_for(home, spec.id, spec.name);
  const auto log = [&](std::string protocol::log_paths::*which) {
    return logs.ok() ? (*logs).*which : std::string{"of output"};
  };
  const std::string could_not = "could not start: ";
  const auto failed = [&](std::string_view step) {
    return could_not + std::string{step} + ": " + reason_of(error);
  };
  switch (at) {
  case stage::none:
    return could_not + reason_of(error);
  case stage::launch_block:
    return failed("reading what to start");
  case stage::fork:
    return failed("making a process");
  case stage::cgroup:
    return failed("making its cgroup");
  case stage::gate:
    return could_not + "it was called off before it ran";
  case stage::session:
    return failed("setsid");
  case stage::limits:
    return failed("setting resource limits")
           + (error == EPERM ? " (a limit can be lowered and not raised)" : "");
  case stage::groups:
    return failed("taking the groups of " + spec.user);
  case stage::gid:
    return failed("taking the group of " + spec.user);
  case stage::uid:
    return failed("becoming " + spec.user);
  case stage::irrevocable:
    return could_not
           + "the privileges of root could be taken back after "
             "becoming "
           + spec.user;
  case stage::standard_input:
    return failed("opening /dev/null");
  case stage::log_directory:
    return failed("log directory " + std::string{home} + "/"
                  + std::string{log_directory_name});
  case stage::standard_output_log:
    return failed("log file " + log(&protocol::log_paths::standard_output));
  case stage::standard_error_log:
    return failed("log file " + log(&protocol::log_paths::standard_error));
  case stage::working_directory:
    return failed("chdir " + spec.cwd);
  case stage::execute:
    if (error == ENOENT && program.find('/') == std::string::npos)
      return could_not + program + ": no such program in PATH";
    return failed(program);
  case stage::descriptors:
    return failed("arranging descriptors");
  case stage::tree_limits:
    if (error == ENOENT)
      return could_not
             + "nothing here can hold it to --limit cpus=, which takes a "
               "cgroup "
               "with a cpu controller (hiisi doctor tells why there is none)";
    return failed("limiting its cgroup");
  case stage::deadline:
    return could_not + program
           + ": it did not begin within 10 s (is a file system hanging?)";
  }
  return could_not + reason_of(error);
}

std::string describe_refusal(int error) {
  if (error == EPERM)
    return "could not start: the keeper does not serve this user (one with a "
           "uid below 1000 is a service's; system_users in hiidet.ron lets "
           "them)";
  if (error == ENOSPC)
    return "could not start: the keeper holds "
           + std::to_string(keeper_wire::max_slots)
           + " processes already, which is all it can";
  return "could not start: the keeper refused: " + reason_of(error);
}

} // namespace hiisi::core
