#include "hiidet/doctor_facts.hpp"

#include "actors/core/port_text.hpp"
#include "actors/os/boot_id.hpp"
#include "actors/os/clock.hpp"
#include "actors/os/file.hpp"
#include "actors/os/sock_diag.hpp"
#include "actors/os/user_db.hpp"
#include "hiidet/configuration.hpp"
#include "hiidet/port_settings.hpp"
#include "hiidet/program_beside.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iterator>
#include <sstream>

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace hiisi::hiidet {

namespace {

constexpr size_t small_file = size_t{64} * 1024;

std::string text_of(const std::string& path) {
  auto text = os::read_file(path, small_file);
  return text ? *std::move(text) : std::string{};
}

uint64_t number_in(const std::string& path) {
  return std::strtoull(text_of(path).c_str(), nullptr, 10);
}

bool is_there(const std::string& path) {
  return ::faccessat(AT_FDCWD, path.c_str(), F_OK, AT_EACCESS) == 0;
}

std::optional<core::volume_facts> look_at_volume(const std::string& path) {
  struct statvfs seen {};
  struct statfs system {};
  if (::statvfs(path.c_str(), &seen) != 0
      || ::statfs(path.c_str(), &system) != 0)
    return std::nullopt;
  core::volume_facts volume;
  volume.path = path;
  volume.total_bytes = seen.f_blocks * seen.f_frsize;
  volume.free_bytes = seen.f_bavail * seen.f_frsize;
  // Some, such as btrfs, count no files.
  if (seen.f_files > 0)
    volume.free_files = seen.f_favail;
  volume.writable
      = (seen.f_flag & ST_RDONLY) == 0
        && ::faccessat(AT_FDCWD, path.c_str(), W_OK | X_OK, AT_EACCESS) == 0;
  volume.in_memory
      = system.f_type == TMPFS_MAGIC || system.f_type == RAMFS_MAGIC;
  return volume;
}

std::vector<std::string> words_in(const std::string& path) {
  std::istringstream words{text_of(path)};
  return std::vector<std::string>(std::istream_iterator<std::string>{words},
                                  std::istream_iterator<std::string>{});
}

std::vector<std::string> controllers() {
  for (const auto* mount : {"/sys/fs/cgroup/unified", "/sys/fs/cgroup"})
    if (const auto path = std::string{mount} + "/cgroup.controllers";
        is_there(path))
      return words_in(path);
  return {};
}

bool is_confined() {
  const auto status = text_of("/proc/self/status");
  return status.find("\nSeccomp:\t2\n") != status.npos;
}

/// Whether a setting of logind's is "yes", in its file or behind it.
bool kills_user_processes() {
  const std::string directory = "/etc/systemd/logind.conf.d";
  std::vector<std::string> files{"/etc/systemd/logind.conf"};
  if (const auto names = os::list_directory(directory))
    for (const auto& name : *names)
      files.push_back(directory + "/" + name);
  bool kills = false;
  for (const auto& file : files) {
    std::istringstream lines{text_of(file)};
    for (std::string line; std::getline(lines, line);)
      if (line.starts_with("KillUserProcesses="))
        kills = line.ends_with("yes") || line.ends_with("true")
                || line.ends_with("1");
  }
  return kills;
}

void look_at_logout(const os::places& where, core::doctor_facts& facts) {
  // Only where logind is at work does it do anything at a logout.
  if (facts.system || facts.uid == 0 || !is_there("/run/systemd/users"))
    return;
  const auto who = os::find_user(facts.uid, {});
  if (who && is_there("/var/lib/systemd/linger/" + who->name))
    return;
  facts.killed_at_logout = kills_user_processes();
  facts.loses_runtime_at_logout = where.runtime_dir.starts_with("/run/user/");
}

std::string fault_in_registry(const std::string& path) {
  const auto text = os::read_file(path, core::max_registry_bytes);
  if (!text)
    return text.failure().code == protocol::errc::not_found
               ? std::string{}
               : text.failure().message;
  const auto table = core::read_ports(
      *text, path, [](const std::string&) { return core::unknown_uid; });
  return table ? std::string{} : table.failure().message;
}

void look_at_configuration(const configuration_source& source,
                           core::doctor_facts& facts) {
  const auto settings = load_configuration(source.path, source.required);
  if (!settings)
    facts.configuration_fault = settings.failure().message;
  const auto policy = port_policy_of(
      settings ? settings->ports : port_settings{}, facts.system);
  auto taken = policy->all_unlucky();
  taken.add(policy->denied);
  for (uint32_t port = protocol::min_port; port <= protocol::max_port; ++port)
    facts.ports_to_choose
        += taken.contains(static_cast<uint16_t>(port)) ? 0 : 1;
}

void look_at_processes(core::doctor_facts& facts) {
  // "0.20 0.18 0.12 1/80 11206": running and all tasks are the fourth word.
  const auto load = text_of("/proc/loadavg");
  if (const auto slash = load.find('/'); slash != load.npos)
    facts.processes = std::strtoull(load.c_str() + slash + 1, nullptr, 10);
  facts.most_processes = std::min(number_in("/proc/sys/kernel/pid_max"),
                                  number_in("/proc/sys/kernel/threads-max"));
}

} // namespace

core::doctor_facts collect_facts(const os::places& where,
                                 const configuration_source& source,
                                 core::keeper_facts keeper) {
  core::doctor_facts facts;
  facts.system = where.system;
  facts.uid = ::geteuid();
  facts.keeper = std::move(keeper);
  facts.controllers = controllers();
  if (!facts.keeper.leaves.empty())
    facts.handed_down
        = words_in(facts.keeper.leaves + "/cgroup.subtree_control");
  facts.confined = is_confined();
  facts.state = look_at_volume(where.state_dir);
  facts.runtime = look_at_volume(where.runtime_dir);
  rlimit descriptors{};
  if (::getrlimit(RLIMIT_NOFILE, &descriptors) == 0)
    facts.descriptors = descriptors.rlim_cur;
  facts.boot_id = os::boot_id().ok();
  if (const auto program = program_beside("hiisi-rotate"); !program)
    facts.no_rotation = program.failure().message;
  if (const auto program = program_beside("hiisi-logger"); !program)
    facts.no_logger = program.failure().message;
  look_at_configuration(source, facts);
  facts.registry_fault = fault_in_registry(where.state_dir + "/ports.ron");
  if (const auto listeners = os::list_listeners(); !listeners)
    facts.sockets_fault = listeners.failure().message;
  facts.hides_processes = text_of("/proc/1/stat").empty();
  look_at_processes(facts);
  look_at_logout(where, facts);
  facts.wall_clock = std::chrono::duration_cast<std::chrono::seconds>(
                         os::wall_now().time_since_epoch())
                         .count();
  return facts;
}

} // namespace hiisi::hiidet
