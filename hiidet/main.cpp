#include "actors/os/clock.hpp"
#include "actors/os/directories.hpp"
#include "actors/os/file.hpp"
#include "actors/os/privileges.hpp"
#include "actors/os/unix_listener.hpp"
#include "actors/os/user_db.hpp"
#include "fault/crash_point.hpp"
#include "hiidet/cgroup_place.hpp"
#include "hiidet/configuration.hpp"
#include "hiidet/configuration_report.hpp"
#include "hiidet/daemon.hpp"
#include "hiidet/keeper_start.hpp"
#include "hiidet/log.hpp"
#include "hiidet/options.hpp"
#include "hiidet/service_manager.hpp"
#include "hiidet/system_calls.hpp"

#include <cstdio>
#include <cstdlib>
#include <optional>

#include <malloc.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

using namespace hiisi;
using hiidet::configuration;
using hiidet::log;
using hiidet::log_level;
using protocol::result;

constexpr const char* system_configuration = "/etc/hiisi/hiidet.ron";
/// Where people's uids begin: those below are the system's own, by Debian's
/// policy and by login.defs of most.
constexpr uint32_t least_user = 1000;
constexpr std::chrono::milliseconds flush_patience{1000};
constexpr std::chrono::milliseconds ping_patience{5000};

std::optional<std::string> environment(std::string_view name) {
  const auto* value = std::getenv(std::string{name}.c_str());
  return value ? std::optional<std::string>{value} : std::nullopt;
}

/// Who this daemon is, and from which file it takes its settings.
struct setting {
  configuration config;
  std::string config_path;
  bool config_required = false;
  bool system = false;
  /// As the command line says, whatever the configuration does.
  std::optional<hiidet::http_address> http;
  /// The user that root becomes, if there is one.
  std::optional<os::identity> becomes;
};

std::string own_configuration_path() {
  if (auto base = environment("XDG_CONFIG_HOME");
      base && base->starts_with('/'))
    return *base + "/hiisi/hiidet.ron";
  return environment("HOME").value_or("") + "/.config/hiisi/hiidet.ron";
}

/// The system's configuration says which user is the system's daemon; anybody
/// else's daemon is their own and has a configuration of its own.
result<setting> find_setting(const hiidet::options& given) {
  setting s;
  s.http = given.http;
  s.config_path = given.config.value_or(system_configuration);
  s.config_required = given.config.has_value();
  const auto uid = ::geteuid();
  auto config = hiidet::load_configuration(s.config_path, s.config_required);
  if (!config && (uid == 0 || given.config))
    return std::move(config).failure();
  if (config)
    s.config = *config;
  auto runs_as = os::find_user_by_name(s.config.user, s.config.admin_group);
  s.system = uid == 0 || (runs_as && runs_as->uid == uid);
  if (uid == 0 && runs_as && runs_as->uid != 0)
    s.becomes = *std::move(runs_as);
  if (s.system || given.config)
    return s;
  s.config_path = own_configuration_path();
  auto own = hiidet::load_configuration(s.config_path, false);
  if (!own)
    return std::move(own).failure();
  s.config = *std::move(own);
  return s;
}

result<os::places> find_places(const hiidet::options& given, const setting& s) {
  const auto either = [](const auto& first, const auto& second) {
    return first ? first : second;
  };
  return os::default_places(s.system, ::geteuid(), environment,
                            {either(given.socket, s.config.socket),
                             either(given.state_dir, s.config.state_dir),
                             either(given.runtime_dir, s.config.runtime_dir)});
}

/// As many descriptors as we may have: each client is one.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
}

bool is_usual(const setting& s, const os::places& where) {
  const auto usual = os::default_places(s.system, ::geteuid(), environment);
  return usual && usual->runtime_dir == where.runtime_dir && s.system;
}

/// Before anything has a thread: directories, keeper, and, for root, becoming
/// a user that is nobody's. Returns with an error alone `as_keeper`, which this
/// process then becomes; otherwise with what holds the keeper, see
/// hiidet::ensure_keeper.
result<os::fd> prepare_ground(const setting& s, const os::places& where,
                              bool as_keeper) {
  auto owner = os::directory_owner{::geteuid(), ::getegid()};
  if (s.becomes)
    owner = {s.becomes->uid, s.becomes->gid};
  if (auto prepared = os::prepare(where, owner); !prepared)
    return std::move(prepared).failure();
  const hiidet::keeper_command keeper{
      where.keeper_socket, owner.uid, s.config.system_users ? 1 : least_user,
      hiidet::cgroup_directory(
          hiidet::cgroup_name(where.runtime_dir, is_usual(s, where)))};
  if (as_keeper)
    return hiidet::become_keeper(keeper);
  auto held = hiidet::ensure_keeper(keeper);
  if (!held)
    return held;
  if (s.becomes) {
    auto dropped
        = os::drop_to(s.becomes->uid, s.becomes->gid, s.becomes->groups);
    if (!dropped)
      return std::move(dropped).failure();
  } else if (s.system && ::geteuid() == 0)
    log(log_level::warning,
        "there is no user " + s.config.user
            + ", so this daemon stays root; make one: useradd --system "
              "--no-create-home --shell /usr/sbin/nologin "
            + s.config.user);
  return held;
}

/// A pool of memory per thread, which is what the C library makes by default,
/// costs a daemon with few busy threads more than it gives: measured, 3 MiB of
/// 14 at a hundred processes. And what is large is gone again soon, such as
/// the bytes of a thousand requests or their answer: it gets pages of its own,
/// where by default it would come to lie amid what stays once the first of its
/// size has been freed.
void tune_memory() {
  ::mallopt(M_ARENA_MAX, 1);
  ::mallopt(M_MMAP_THRESHOLD, 128 * 1024);
}

int fail(const protocol::error& why) {
  log(log_level::error, why.message);
  if (!why.hint.empty())
    log(log_level::error, "hint: " + why.hint);
  return 1;
}

void show_configuration(hiidet::daemon& running, const setting& s,
                        const os::places& where, const hiidet::options& given) {
  const auto text = os::read_file(s.config_path, 1024 * 1024);
  running.show(hiidet::report_configuration(
      s.config, where, given, s.config_path, text ? *text : std::string{}));
}

/// Waits for signals and tends the watchdog, until it is time to end.
[[noreturn]] void attend(hiidet::daemon& running, setting& s,
                         const os::places& where, const hiidet::options& given,
                         const sigset_t& signals) {
  const auto watchdog = hiidet::watchdog_interval();
  for (;;) {
    int signal = 0;
    siginfo_t from{};
    if (watchdog.count() > 0) {
      const timespec wait{watchdog.count() / 1000,
                          (watchdog.count() % 1000) * 1'000'000};
      signal = ::sigtimedwait(&signals, &from, &wait);
      if (signal < 0) {
        if (running.alive(ping_patience))
          hiidet::notify_alive();
        continue;
      }
    } else {
      signal = ::sigwaitinfo(&signals, &from);
    }
    if (signal < 0)
      continue;
    if (signal != SIGHUP) {
      hiidet::notify_stopping();
      running.flush(flush_patience);
      ::_exit(0);
    }
    auto config = hiidet::load_configuration(s.config_path, s.config_required);
    protocol::event noted;
    noted.at = os::wall_now();
    noted.what = protocol::event_kind::configuration;
    if (from.si_code == SI_USER || from.si_code == SI_QUEUE)
      noted.by
          = {protocol::event_cause::kind::user, from.si_uid, {}, from.si_pid};
    noted.text = config ? s.config_path + " was read again"
                        : config.failure().message
                              + " (the settings stay as they were)";
    running.note(std::move(noted));
    if (config) {
      s.config = *std::move(config);
      if (s.http)
        s.config.http = s.http;
      running.reload(s.config);
      show_configuration(running, s, where, given);
      log(log_level::info, "read " + s.config_path + " again");
    } else {
      log(log_level::error,
          config.failure().message + " (the settings stay as they were)");
    }
  }
}

} // namespace

int main(int argc, char** argv) {
  auto given = hiidet::parse_options(argc, argv);
  if (!given) {
    std::fprintf(stderr, "hiidet: %s\n%s\n", given.failure().message.c_str(),
                 given.failure().hint.c_str());
    return 2;
  }
  if (given->help || given->version) {
    std::fputs(given->help ? hiidet::help_text().c_str()
                           : hiidet::version_text().c_str(),
               stdout);
    return 0;
  }
  auto s = find_setting(*given);
  if (!s)
    return fail(s.failure());
  if (s->http)
    s->config.http = s->http;
  hiidet::start_log(s->config.level);
  auto http_socket = hiidet::inherited_http_socket();
  // Everything that we make is ours alone unless a mode is given with it.
  ::umask(0077);
  tune_memory();
  auto where = find_places(*given, *s);
  if (!where)
    return fail(where.failure());
  auto keeper_held = prepare_ground(*s, *where, given->keeper);
  if (!keeper_held)
    return fail(keeper_held.failure());
  HIISI_CRASH_POINT("daemon.prepared");
  // Not before: the keeper hands on to services the limit that it was given.
  raise_descriptor_limit();

  // From here on there will be threads: signals are taken by this one alone.
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const auto signal : {SIGHUP, SIGTERM, SIGINT, SIGQUIT})
    ::sigaddset(&signals, signal);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);

  auto listener
      = os::unix_listener::bind(where->socket, where->system ? 0666 : 0600);
  if (!listener)
    return fail(listener.failure());
  // The keeper has been started, so nothing is executed from here on; and what
  // clients send is read from here on.
  if (auto restricted = hiidet::restrict_system_calls(); !restricted)
    log(log_level::warning,
        restricted.failure().message + "; it runs without that protection");
  auto running = hiidet::daemon::start(
      *where, s->config, *listener, hiidet::release_version(),
      std::move(http_socket), {s->config_path, s->config_required});
  if (!running) {
    fail(running.failure());
    ::_exit(1);
  }
  keeper_held->reset();
  HIISI_CRASH_POINT("daemon.serving");
  log(log_level::info, "serving at " + where->socket);
  hiidet::notify_ready();
  show_configuration(**running, *s, *where, *given);
  attend(**running, *s, *where, *given, signals);
}
