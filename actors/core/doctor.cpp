#include "actors/core/doctor.hpp"

#include <algorithm>
#include <utility>

namespace hiisi::core {

namespace {

using protocol::finding;
using protocol::verdict;

constexpr uint64_t mebibyte = 1024 * 1024;
/// A record takes a block or two, and a registry is written beside itself.
constexpr uint64_t least_free_bytes = 16 * mebibyte;
constexpr uint64_t least_free_files = 1000;
/// Launch blocks, files and a client each take one.
constexpr uint64_t least_descriptors = 512;
constexpr uint64_t enough_descriptors = 4096;
/// Fewer are soon all taken, or guessed.
constexpr uint64_t enough_ports = 1000;
/// The first release of the first Hiisi, 2024-11-01: no clock is before that.
constexpr int64_t earliest = 1'730'419'200;

class examination {
public:
  explicit examination(const doctor_facts& facts) : facts_(facts) {}

  std::vector<finding> all() && {
    look_at_keeper();
    look_at_trees();
    look_at_controllers();
    look_at_confinement();
    look_at_state();
    look_at_runtime();
    look_at_configuration();
    look_at_registry();
    look_at_ports();
    look_at_logs();
    look_at_limits();
    look_at_proc();
    look_at_clock();
    look_at_logout();
    return std::move(found_);
  }

private:
  void good(std::string subject, std::string message) {
    found_.push_back(
        {verdict::good, std::move(subject), std::move(message), {}});
  }
  void note(std::string subject, std::string message, std::string advice) {
    found_.push_back({verdict::note, std::move(subject), std::move(message),
                      std::move(advice)});
  }
  void wrong(std::string subject, std::string message, std::string advice) {
    found_.push_back({verdict::wrong, std::move(subject), std::move(message),
                      std::move(advice)});
  }

  /// What an administrator, or the owner of a daemon of their own, is to type.
  [[nodiscard]] std::string either(const char* system, const char* own) const {
    return facts_.system ? system : own;
  }

  void look_at_keeper() {
    if (!facts_.keeper.known)
      note("keeper", "hiidet is too busy to tell", "try again");
    else if (!facts_.keeper.ready)
      wrong("keeper", "hiisi-keeper does not answer, so nothing can be started",
            either("systemctl status hiisi-keeper tells why; started by hand, "
                   "end hiidet and start it anew",
                   "end hiidet and start it anew; services run on"));
    else
      good("keeper", "hiisi-keeper answers");
  }

  void look_at_trees() {
    if (!facts_.keeper.known || !facts_.keeper.ready)
      return;
    if (facts_.keeper.cgroups)
      good("trees", "each process has a cgroup of its own, so nothing escapes "
                    "a stop, and a port's process is known");
    else
      note("trees",
           "there is no cgroup v2 for Hiisi: a program that leaves its "
           "session, whose parent ends and that cleans its environment "
           "escapes a stop",
           either("boot with systemd.unified_cgroup_hierarchy=1, or mount "
                  "cgroup2 on /sys/fs/cgroup, then restart hiisi-keeper",
                  "systemd-run --user --scope -p Delegate=yes hiidet starts "
                  "one that has it"));
  }

  /// Which of those that --limit makes use of are not among these.
  static std::string missing_from(const std::vector<std::string>& there) {
    std::string missing;
    for (const auto* name : {"memory", "pids", "cpu"})
      if (std::ranges::find(there, name) == there.end())
        missing += (missing.empty() ? "" : ", ") + std::string{name};
    return missing;
  }

  void look_at_controllers() {
    const auto missing = missing_from(facts_.controllers);
    const auto not_ours = missing_from(facts_.handed_down);
    if (!missing.empty())
      note("controllers",
           "cgroup v2 has no controllers for " + missing
               + " here, so no cgroup can be limited in that",
           "hiisi run --limit holds single processes; the controllers may "
           "belong to cgroup v1 (mount | grep cgroup)");
    else if (!facts_.keeper.known || !facts_.keeper.cgroups)
      return; // That there are no cgroups for Hiisi has been said.
    else if (!not_ours.empty())
      note("controllers",
           "cgroup v2 has memory, pids and cpu here, but Hiisi's cgroups are "
           "not given "
               + not_ours,
           either("hiisi run --limit holds single processes; the keeper's "
                  "unit hands controllers down with systemd 254 or later, "
                  "after systemctl restart hiisi-keeper",
                  "hiisi run --limit holds single processes; systemd-run "
                  "--user -p Delegate=yes -p DelegateSubgroup=daemon hiidet "
                  "starts one that has them (systemd 254 or later)"));
    else
      good("controllers", "memory, pids and cpu of each process can be limited "
                          "by its cgroup");
  }

  void look_at_confinement() {
    if (facts_.system && facts_.uid == 0)
      note("user", "hiidet runs as root, since there is no user for it",
           "useradd --system --no-create-home --shell /usr/sbin/nologin "
           "hiisi, then start hiidet anew");
    if (facts_.confined)
      good("confinement", "hiidet has given up what system calls it does not "
                          "need");
    else
      note("confinement", "hiidet runs without its filter of system calls",
           "its log says why; a kernel needs CONFIG_SECCOMP_FILTER");
  }

  void look_at_state() {
    const auto advice = "free some, or give another place: state_dir in "
                        "hiidet.ron";
    if (!facts_.state) {
      wrong("state", "hiidet cannot look at its state directory", advice);
      return;
    }
    const auto& s = *facts_.state;
    if (!s.writable)
      wrong("state",
            s.path
                + " cannot be written to, so nothing can be started "
                  "or changed",
            "mount it for writing, and give it back to hiidet's user");
    else if (s.free_bytes < least_free_bytes)
      wrong("state",
            s.path + " has " + std::to_string(s.free_bytes / mebibyte)
                + " MiB left",
            advice);
    else if (s.free_files && *s.free_files < least_free_files)
      wrong("state",
            s.path + " has room for " + std::to_string(*s.free_files)
                + " files",
            advice);
    else if (s.in_memory)
      wrong("state",
            s.path
                + " is in memory: no process comes back after a "
                  "reboot, and ports are forgotten",
            "give a place on a disk: state_dir in hiidet.ron");
    else
      good("state", s.path + " has " + std::to_string(s.free_bytes / mebibyte)
                        + " MiB left");
  }

  void look_at_runtime() {
    if (!facts_.runtime || !facts_.runtime->writable)
      wrong("runtime",
            (facts_.runtime ? facts_.runtime->path
                            : std::string{"the runtime directory"})
                + " cannot be written to",
            "give it back to hiidet's user; after both programs died, "
            "processes could not be told from others");
    else if (!facts_.runtime->in_memory)
      note("runtime",
           facts_.runtime->path
               + " is on a disk, which costs a write with each start",
           "a place on tmpfs, such as /run, serves better: runtime_dir in "
           "hiidet.ron");
    else
      good("runtime", facts_.runtime->path + " is in memory, as it should be");
    if (facts_.boot_id)
      good("reboots", "the kernel tells one boot from another");
    else
      wrong("reboots",
            "the kernel does not say which boot this is, so what ran before a "
            "reboot cannot be told from what runs",
            "mount /proc so that /proc/sys/kernel/random/boot_id is there");
  }

  void look_at_configuration() {
    if (facts_.configuration_fault.empty())
      good("configuration", "it can be read");
    else
      wrong("configuration", facts_.configuration_fault,
            "hiidet goes on with what it read before and would not start "
            "anew: mend the file");
  }

  void look_at_registry() {
    if (facts_.registry_fault.empty())
      good("registry", "ports.ron can be read");
    else
      wrong("registry", facts_.registry_fault,
            either("mend it, then systemctl reload hiidet (SIGHUP)",
                   "mend it, then send hiidet SIGHUP"));
  }

  void look_at_ports() {
    if (facts_.sockets_fault.empty())
      good("listeners", "the kernel says who listens on which port");
    else
      wrong("listeners",
            "the kernel does not say who listens: " + facts_.sockets_fault,
            "it needs CONFIG_INET_DIAG and CONFIG_INET_UDP_DIAG (modprobe "
            "tcp_diag udp_diag)");
    if (facts_.ports_to_choose == 0)
      wrong("ports",
            "no port is left to be chosen: all are given to outgoing "
            "connections, or avoided",
            "make net.ipv4.ip_local_port_range smaller, or shorten "
            "ports.avoid in hiidet.ron");
    else if (facts_.ports_to_choose < enough_ports)
      note("ports",
           "only " + std::to_string(facts_.ports_to_choose)
               + " ports can be chosen for somebody who names none",
           "make net.ipv4.ip_local_port_range smaller, or shorten "
           "ports.avoid in hiidet.ron");
    else
      good("ports", std::to_string(facts_.ports_to_choose)
                        + " ports can be chosen that outgoing connections "
                          "leave alone");
  }

  void look_at_logs() {
    if (facts_.no_rotation.empty())
      good("rotation", "hiisi-rotate is there");
    else
      wrong("rotation",
            facts_.no_rotation + ", so logs grow until the disk is full",
            "install hiisi-rotate beside hiidet and start that anew");
    if (!facts_.no_logger.empty())
      wrong("logger",
            facts_.no_logger + ", so run --timestamps and --pty do not work",
            "install hiisi-logger beside hiidet and start that anew");
  }

  void look_at_limits() {
    const auto message = "hiidet may have " + std::to_string(facts_.descriptors)
                         + " descriptors open, one for each client";
    const auto* advice = "raise LimitNOFILE of its unit, or ulimit -n of who "
                         "starts it";
    if (facts_.descriptors < least_descriptors)
      wrong("descriptors", message, advice);
    else if (facts_.descriptors < enough_descriptors)
      note("descriptors", message, advice);
    else
      good("descriptors", message);
    const auto used = std::to_string(facts_.processes) + " of "
                      + std::to_string(facts_.most_processes)
                      + " processes of the host are in use";
    if (facts_.most_processes == 0)
      note("processes", "the kernel does not say how many there may be",
           "mount /proc");
    else if (facts_.processes > facts_.most_processes / 10 * 9)
      wrong("processes", used + ": starts will fail soon",
            "raise kernel.pid_max and kernel.threads-max, or end what makes "
            "so many");
    else
      good("processes", used);
  }

  void look_at_proc() {
    if (facts_.hides_processes)
      note("proc",
           "/proc hides others' processes from hiidet, so status and metrics "
           "lack what they use",
           "mount /proc with gid= of hiidet's group beside hidepid=");
    else
      good("proc", "hiidet sees what processes use");
  }

  void look_at_clock() {
    if (facts_.wall_clock < earliest)
      wrong("clock", "it is years behind, so logs and events say wrong times",
            "set the clock; no timer and no uptime depends on it");
  }

  void look_at_logout() {
    if (facts_.killed_at_logout)
      wrong("logout",
            "logind ends all of your processes when you log out "
            "(KillUserProcesses=yes), this daemon and its services among them",
            "loginctl enable-linger, or ask for a hiidet of the host's");
    else if (facts_.loses_runtime_at_logout)
      wrong("logout",
            "logind removes XDG_RUNTIME_DIR when you log out, and this "
            "daemon's socket with it",
            "loginctl enable-linger");
  }

  const doctor_facts& facts_;
  std::vector<finding> found_;
};

} // namespace

std::vector<finding> examine(const doctor_facts& facts) {
  return examination{facts}.all();
}

} // namespace hiisi::core
