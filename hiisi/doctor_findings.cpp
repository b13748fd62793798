#include "hiisi/doctor_facts.hpp"
#include "hiisi/render_usage.hpp"

#include <utility>

namespace hiisi::cli {

namespace {

using protocol::finding;
using protocol::verdict;

/// A log grows to 10 MiB before it is rotated, and beside it the segment needs
/// its room before the log gives back its own.
constexpr uint64_t least_log_room = uint64_t{32} * 1024 * 1024;

finding good(std::string subject, std::string message) {
  return {verdict::good, std::move(subject), std::move(message), {}};
}

finding noted(std::string subject, std::string message, std::string advice) {
  return {verdict::note, std::move(subject), std::move(message),
          std::move(advice)};
}

finding at_fault(std::string subject, std::string message, std::string advice) {
  return {verdict::wrong, std::move(subject), std::move(message),
          std::move(advice)};
}

finding of_kernel(const kernel_facts& kernel) {
  const auto linux = "Linux " + kernel.release;
  if (!kernel.pidfd)
    return at_fault("kernel",
                    linux
                        + " has no process descriptors (or they are forbidden "
                          "here), by which Hiisi signals and waits",
                    "Linux 5.3 has them; in a container, allow pidfd_open");
  if (!kernel.pidfs)
    return noted("kernel",
                 linux
                     + " tells processes apart by number and start time, "
                       "not by an identity of their own",
                 "Linux 6.9 does; nothing needs to be done");
  if (!kernel.exit_status)
    return noted("kernel",
                 linux
                     + " does not tell how a process ended whose keeper was "
                       "killed: such an end shows as exited (status unknown)",
                 "Linux 6.15 does; nothing needs to be done");
  return good("kernel", linux + " has all that Hiisi can use");
}

finding of_cgroups(const kernel_facts& kernel) {
  if (!kernel.cgroup2)
    return noted("cgroups",
                 "cgroup v2 is not mounted, so processes are told apart by "
                 "session and environment alone",
                 "an administrator mounts it: mount -t cgroup2 none "
                 "/sys/fs/cgroup/unified, or boots with "
                 "systemd.unified_cgroup_hierarchy=1");
  if (!kernel.cgroup_kill)
    return noted("cgroups",
                 "cgroup v2 is mounted; whether a whole cgroup can be killed "
                 "at once was not seen",
                 "Linux 5.14 can; before, Hiisi signals until none is left");
  return good("cgroups",
              "cgroup v2 is mounted, and kills whole cgroups at once");
}

finding of_rotation(const log_facts& logs) {
  if (logs.makes_holes)
    return good("log rotation", "the file system of " + logs.path
                                    + " makes holes, so no line is lost");
  return at_fault(
      "log rotation",
      "the file system of " + logs.path
          + " makes no holes in files, so logs are rotated by copying "
            "and truncating, which loses what is written in that "
            "moment",
      "put " + logs.path
          + " on ext4, xfs, btrfs or tmpfs (a symbolic link to it is "
            "refused, a mount is not), or switch rotation off: run "
            "--log-size 0");
}

void add_logs(const log_facts& logs, std::vector<finding>& found) {
  if (!logs.home_there) {
    found.push_back(at_fault(
        "home",
        "your home directory " + logs.home
            + " is not there, and logs go below it, so nothing of yours "
              "can be started",
        "an administrator makes or mounts it"));
    return;
  }
  if (logs.there && !logs.own_directory) {
    found.push_back(at_fault("logs",
                             logs.path
                                 + " is no directory of yours, so nothing "
                                   "of yours can be started",
                             "move it away; Hiisi makes a new one"));
    return;
  }
  if (logs.there ? !logs.writable : !logs.can_make) {
    found.push_back(at_fault(
        "logs",
        (logs.there ? logs.path : logs.home)
            + " cannot be written to, and logs go there, so "
              "nothing of yours can be started",
        logs.there ? "chmod 700 " + logs.path : "chmod u+wx " + logs.home));
    return;
  }
  if (logs.free_bytes < least_log_room)
    found.push_back(at_fault(
        "logs", logs.path + " has " + describe_bytes(logs.free_bytes) + " left",
        "hiisi logs clear NAME gives some back"));
  else if (logs.there && logs.open_to_others)
    found.push_back(noted("logs", logs.path + " is open to others",
                          "chmod 700 " + logs.path));
  else
    found.push_back(
        good("logs",
             logs.path + " has " + describe_bytes(logs.free_bytes) + " left"));
  found.push_back(of_rotation(logs));
}

void add_daemon(const caller_facts& facts, std::vector<finding>& found) {
  const auto& daemon = facts.daemon;
  if (!daemon.version) {
    const auto why = daemon.fault ? daemon.fault->message
                                  : std::string{"no daemon is running"};
    const auto hint = daemon.fault ? daemon.fault->hint : std::string{};
    found.push_back(at_fault("daemon",
                             why + " (what only it can see was not looked at)",
                             hint.empty() ? "hiidet &" : hint));
    if (!facts.no_program.empty())
      found.push_back(at_fault("programs", facts.no_program,
                               "install Hiisi: ./deploy/install"));
    return;
  }
  const auto& version = *daemon.version;
  const auto who = std::string{version.system ? "the host's" : "your own"}
                   + " hiidet " + version.version + " (pid "
                   + std::to_string(version.pid) + ")";
  if (version.version != facts.release)
    found.push_back(
        noted("daemon",
              who + " is of another release than this hiisi, " + facts.release,
              "install both from one, then restart hiidet; "
              "services run on"));
  else
    found.push_back(good("daemon", who + " answers"));
  if (daemon.report)
    found.insert(found.end(), daemon.report->findings.begin(),
                 daemon.report->findings.end());
  else
    found.push_back(at_fault(
        "daemon",
        "it does not say how it is: "
            + (daemon.fault ? daemon.fault->message : std::string{"no answer"}),
        "one of an older release cannot: restart hiidet; services run on"));
}

} // namespace

std::vector<finding> examine(const caller_facts& facts) {
  std::vector<finding> found{of_kernel(facts.kernel), of_cgroups(facts.kernel)};
  add_daemon(facts, found);
  add_logs(facts.logs, found);
  return found;
}

} // namespace hiisi::cli
