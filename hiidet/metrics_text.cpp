#include "hiidet/metrics_text.hpp"

#include "actors/core/verb_names.hpp"
#include "hiidet/exposition.hpp"

#include <optional>
#include <vector>

namespace hiisi::hiidet {

namespace {

using core::metrics_reading;
using core::process_reading;
using core::user_reading;
using protocol::process_state;
using enum exposition::kind;
using seconds = std::chrono::duration<double>;

double in_seconds(std::chrono::nanoseconds time) {
  return seconds{time}.count();
}

double in_seconds(protocol::wall_time at) {
  return in_seconds(at.time_since_epoch());
}

class page {
public:
  explicit page(const metrics_reading& what)
      : what_(what), out_(16'384 + what.processes.size() * 2048) {}

  std::string write() && {
    write_host();
    write_daemon();
    write_happenings();
    write_clients();
    write_users();
    write_processes();
    return std::move(out_).take();
  }

private:
  // -- the daemon and the host ------------------------------------------------

  void one(const char* name, const char* help, exposition::kind kind,
           double value) {
    out_.family(name, help, kind);
    out_.add(value);
  }
  void one(const char* name, const char* help, exposition::kind kind,
           uint64_t value) {
    one(name, help, kind, static_cast<double>(value));
  }

  void write_host() {
    const auto& host = what_.host;
    out_.family("hiisi_host_cpu_seconds_total",
                "CPU time of the host since its boot, by mode.", counter);
    for (const auto& [mode, time] : host.cpu)
      out_.add(in_seconds(time), {{"mode", mode}});
    if (host.memory_total > 0) {
      one("hiisi_host_memory_bytes", "Memory of the host.", gauge,
          host.memory_total);
      one("hiisi_host_memory_available_bytes",
          "Memory of the host that programs could still have.", gauge,
          host.memory_available);
    }
    one("hiisi_host_load1", "Load average over 1 minute.", gauge, host.load[0]);
    one("hiisi_host_load5", "Load average over 5 minutes.", gauge,
        host.load[1]);
    one("hiisi_host_load15", "Load average over 15 minutes.", gauge,
        host.load[2]);
    one("hiisi_host_uptime_seconds", "Time since the host was booted.", gauge,
        in_seconds(host.uptime));
    out_.family("hiisi_volume_size_bytes",
                "Size of the file system that holds the state or the logs.",
                gauge);
    for (const auto& volume : what_.volumes)
      out_.add(static_cast<double>(volume.size), {{"volume", volume.name}});
    out_.family("hiisi_volume_available_bytes",
                "What is free on the file system that holds the state or the "
                "logs.",
                gauge);
    for (const auto& volume : what_.volumes)
      out_.add(static_cast<double>(volume.available),
               {{"volume", volume.name}});
  }

  void write_daemon() {
    const auto& self = what_.self;
    out_.family("hiisi_build_info", "Which hiidet this is; always 1.", gauge);
    out_.add(1, {{"version", what_.version}});
    one("process_cpu_seconds_total", "CPU time of hiidet.", counter,
        in_seconds(self.cpu));
    one("process_resident_memory_bytes", "Memory of hiidet in RAM.", gauge,
        self.resident);
    one("process_virtual_memory_bytes", "Addresses that hiidet has mapped.",
        gauge, self.virtual_memory);
    one("process_open_fds", "Descriptors that hiidet has open.", gauge,
        self.descriptors);
    one("process_max_fds", "Descriptors that hiidet may have open.", gauge,
        self.max_descriptors);
    one("process_start_time_seconds", "When hiidet was started (Unix time).",
        gauge, in_seconds(self.started));
    one("hiisi_reading_duration_seconds",
        "How long it took to read what this page says.", gauge,
        in_seconds(what_.took));
    one("hiisi_keeper_connected", "Whether hiidet has its keeper (0 or 1).",
        gauge, what_.tallies.keeper_connected ? 1.0 : 0.0);
    out_.family("hiisi_keeper_round_trip_seconds",
                "From a request to the keeper to its answer.", histogram);
    out_.add(what_.tallies.keeper);
  }

  void write_happenings() {
    const auto& happened = what_.tallies.happened;
    one("hiisi_starts_total", "Programs started, restarts included.", counter,
        happened.starts);
    one("hiisi_start_failures_total", "Programs that could not be started.",
        counter, happened.failed_starts);
    one("hiisi_restarts_total", "Programs started by their restart policy.",
        counter, happened.restarts);
    one("hiisi_give_ups_total", "Processes given up after too many failures.",
        counter, happened.give_ups);
    one("hiisi_log_rotated_bytes_total",
        "Bytes of logs that became older segments, before compression.",
        counter, what_.tallies.log_bytes_rotated);
    one("hiisi_log_segments_total", "Older segments of logs made.", counter,
        what_.tallies.log_segments);
    one("hiisi_log_rotation_failures_total",
        "Logs that could not be looked at or rotated.", counter,
        what_.tallies.log_failures);
    out_.family("hiisi_exits_total",
                "Ends of programs: success is exit status 0, failure any "
                "other.",
                counter);
    const auto ended = [&](const char* how, uint64_t count) {
      out_.add(static_cast<double>(count), {{"kind", how}});
    };
    ended("success", happened.exits_success);
    ended("failure", happened.exits_failure);
    ended("signal", happened.exits_signal);
    ended("unknown", happened.exits_unknown);
  }

  // -- clients ----------------------------------------------------------------

  void write_clients() {
    const auto& tallies = what_.tallies;
    uint64_t open = 0;
    for (const auto& [uid, count] : tallies.connections)
      open += count;
    one("hiisi_connections", "Clients that are connected.", gauge, open);
    one("hiisi_connections_accepted_total", "Clients that have connected.",
        counter, tallies.connections_accepted);
    one("hiisi_connections_refused_total",
        "Clients that were turned away at their limit, or are not served.",
        counter, tallies.connections_refused);
    one("hiisi_frames_received_total", "Frames that clients have sent.",
        counter, tallies.frames_received);
    one("hiisi_frames_sent_total", "Frames that were sent to clients.", counter,
        tallies.frames_sent);
    out_.family("hiisi_errors_total", "Errors that were answered, by code.",
                counter);
    for (size_t i = 0; i < tallies.errors.size(); ++i)
      out_.add(static_cast<double>(tallies.errors[i]),
               {{"code", to_string(static_cast<protocol::errc>(i))}});
    out_.family("hiisi_request_duration_seconds",
                "From a request's last byte to its answer.", histogram);
    for (size_t i = 0; i < tallies.requests.size(); ++i)
      if (tallies.requests[i].sum.count() > 0)
        out_.add(tallies.requests[i], {{"verb", core::verb_names[i]}});
  }

  // -- users ------------------------------------------------------------------

  template <class Value>
  void each_user(const char* name, const char* help, exposition::kind kind,
                 Value value) {
    out_.family(name, help, kind);
    for (const auto& [user, reading] : what_.users)
      out_.add(value(reading), {{"user", user}});
  }

  void write_users() {
    std::array<uint64_t, protocol::process_state_count> totals{};
    for (const auto& [user, reading] : what_.users)
      for (size_t i = 0; i < totals.size(); ++i)
        totals[i] += reading.processes[i];
    const auto state
        = [](size_t i) { return to_string(static_cast<process_state>(i)); };
    out_.family("hiisi_processes", "Processes by state.", gauge);
    for (size_t i = 0; i < totals.size(); ++i)
      out_.add(static_cast<double>(totals[i]), {{"state", state(i)}});
    out_.family("hiisi_user_processes", "A user's processes by state.", gauge);
    for (const auto& [user, reading] : what_.users)
      for (size_t i = 0; i < totals.size(); ++i)
        out_.add(static_cast<double>(reading.processes[i]),
                 {{"user", user}, {"state", state(i)}});
    each_user("hiisi_user_cpu_seconds_total",
              "CPU time of a user's processes, ended ones included.", counter,
              [](const user_reading& u) { return in_seconds(u.cpu); });
    each_user(
        "hiisi_user_resident_memory_bytes",
        "Memory of a user's processes in RAM.", gauge,
        [](const user_reading& u) { return static_cast<double>(u.resident); });
    each_user(
        "hiisi_user_restarts_total",
        "Restarts of a user's processes by their policy.", counter,
        [](const user_reading& u) { return static_cast<double>(u.restarts); });
    if (what_.ports) {
      out_.family("hiisi_ports",
                  "Ports by state: idle, unused for long, in_use by their "
                  "owner, taken by somebody else, or used and unregistered.",
                  gauge);
      const auto ports_that_are = [&](const char* what, uint64_t count) {
        out_.add(static_cast<double>(count), {{"state", what}});
      };
      ports_that_are("idle", what_.ports->idle);
      ports_that_are("unused", what_.ports->unused);
      ports_that_are("in_use", what_.ports->in_use);
      ports_that_are("taken", what_.ports->taken);
      ports_that_are("unregistered", what_.ports->unregistered);
      each_user(
          "hiisi_user_ports", "Ports that are allocated to a user.", gauge,
          [](const user_reading& u) { return static_cast<double>(u.ports); });
      each_user("hiisi_user_ports_unused",
                "A user's ports that they have not used for "
                "ports.unused_after_days.",
                gauge, [](const user_reading& u) {
                  return static_cast<double>(u.unused_ports);
                });
    }
    write_quotas();
  }

  void write_quotas() {
    out_.family("hiisi_user_quota_used", "What a user has of what is limited.",
                gauge);
    for (const auto& [user, reading] : what_.users)
      for (const auto& quota : reading.quotas)
        out_.add(static_cast<double>(quota.used),
                 {{"user", user}, {"quota", quota.name}});
    out_.family("hiisi_user_quota_limit", "How much of it a user may have.",
                gauge);
    for (const auto& [user, reading] : what_.users)
      for (const auto& quota : reading.quotas)
        out_.add(static_cast<double>(quota.limit),
                 {{"user", user}, {"quota", quota.name}});
  }

  // -- processes --------------------------------------------------------------

  /// A family with a value for each process for which `value` gives one.
  template <class Value>
  void each(const char* name, const char* help, exposition::kind kind,
            Value value) {
    out_.family(name, help, kind);
    for (size_t i = 0; i < labels_.size(); ++i)
      if (const std::optional<double> v = value(what_.processes[i]))
        out_.add(*v, labels_[i]);
  }

  /// The same for what is only known of one that is up.
  template <class Value>
  void each_up(const char* name, const char* help, exposition::kind kind,
               Value value) {
    each(name, help, kind, [&](const process_reading& p) {
      return p.usage ? number(value(*p.usage)) : std::nullopt;
    });
  }

  template <class Number>
  static std::optional<double> number(const std::optional<Number>& value) {
    return value ? std::optional{static_cast<double>(*value)} : std::nullopt;
  }
  static std::optional<double> number(double value) { return value; }
  static std::optional<double> number(uint64_t value) {
    return static_cast<double>(value);
  }
  static std::optional<double> number(uint32_t value) { return value; }

  void write_processes() {
    using protocol::process_usage;
    for (const auto& p : what_.processes)
      labels_.push_back(exposition::write_labels(
          {{"id", std::to_string(p.id)}, {"name", p.name}, {"user", p.user}}));
    each("hiisi_process_up", "Whether it runs (0 or 1).", gauge,
         [](const process_reading& p) { return p.up ? 1.0 : 0.0; });
    write_cpu();
    each_up("hiisi_process_resident_memory_bytes",
            "Memory in RAM of it and all that it has started.", gauge,
            [](const process_usage& u) { return u.resident; });
    each_up("hiisi_process_proportional_memory_bytes",
            "The same with shared memory divided by those who share it.", gauge,
            [](const process_usage& u) { return u.proportional; });
    each_up("hiisi_process_tree_processes",
            "Processes that it consists of, with all that it has started.",
            gauge, [](const process_usage& u) { return u.processes; });
    each_up("hiisi_process_threads", "Threads of all of them.", gauge,
            [](const process_usage& u) { return u.threads; });
    each_up("hiisi_process_open_fds", "Descriptors that they have open.", gauge,
            [](const process_usage& u) { return u.descriptors; });
    each_up("hiisi_process_io_read_bytes_total",
            "Bytes that they have had read from disks.", counter,
            [](const process_usage& u) { return u.read_bytes; });
    each_up("hiisi_process_io_written_bytes_total",
            "Bytes that they have had written to disks.", counter,
            [](const process_usage& u) { return u.written_bytes; });
    each("hiisi_process_start_time_seconds", "When it was started (Unix time).",
         gauge, [](const process_reading& p) -> std::optional<double> {
           if (!p.started)
             return std::nullopt;
           return in_seconds(*p.started);
         });
    each("hiisi_process_restarts_total",
         "Starts by the restart policy since the last start by hand.", counter,
         [](const process_reading& p) -> double { return p.restarts; });
    each("hiisi_process_last_exit_status",
         "How it ended the last time; 128 and its number for a signal.", gauge,
         [](const process_reading& p) { return number(p.last_exit_status); });
    each("hiisi_process_backoff_seconds",
         "How long until it is started again; only while it waits for that.",
         gauge, [](const process_reading& p) -> std::optional<double> {
           if (!p.backoff)
             return std::nullopt;
           return in_seconds(*p.backoff);
         });
    write_log_sizes();
  }

  void write_cpu() {
    out_.family("hiisi_process_cpu_seconds_total",
                "CPU time of it and all that it has started, since its start.",
                counter);
    for (size_t i = 0; i < labels_.size(); ++i)
      if (const auto& usage = what_.processes[i].usage) {
        out_.add(in_seconds(usage->cpu_user), labels_[i], {"mode", "user"});
        out_.add(in_seconds(usage->cpu_system), labels_[i], {"mode", "system"});
      }
  }

  void write_log_sizes() {
    out_.family("hiisi_process_log_bytes", "What its log files hold.", gauge);
    for (size_t i = 0; i < labels_.size(); ++i) {
      const auto add = [&](const char* which,
                           const std::optional<uint64_t>& bytes) {
        if (bytes)
          out_.add(static_cast<double>(*bytes), labels_[i], {"stream", which});
      };
      add("stdout", what_.processes[i].output_log_bytes);
      add("stderr", what_.processes[i].error_log_bytes);
    }
  }

  const metrics_reading& what_;
  exposition out_;
  /// Of what_.processes, once these are to be written.
  std::vector<exposition::written_labels> labels_;
};

} // namespace

std::string metrics_text(const metrics_reading& what) {
  return page{what}.write();
}

} // namespace hiisi::hiidet
