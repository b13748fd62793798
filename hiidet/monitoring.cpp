#include "hiidet/monitoring.hpp"

#include "actors/caf_compat.hpp"
#include "actors/core/log_paths.hpp"
#include "actors/metrics.hpp"
#include "actors/os/clock.hpp"
#include "actors/os/host_facts.hpp"
#include "actors/os/user_db.hpp"
#include "hiidet/descriptor_shares.hpp"
#include "hiidet/http_server.hpp"
#include "hiidet/limit_settings.hpp"
#include "hiidet/log.hpp"
#include "hiidet/metrics_text.hpp"

#include <array>

#include <unistd.h>

namespace hiisi::hiidet {

namespace {

std::vector<std::string> names_of_host(const configuration& settings) {
  auto names = settings.http_names;
  std::array<char, 256> own{};
  if (::gethostname(own.data(), own.size() - 1) == 0 && own[0] != '\0')
    names.emplace_back(own.data());
  return names;
}

/// The volume of a user's logs, before there are any: their home's.
std::optional<core::volume_reading> log_volume(const std::string& home) {
  auto found = os::read_volume(
      "logs", home + "/" + std::string{core::log_directory_name});
  return found ? found : os::read_volume("logs", home);
}

actors::metrics_world world_of(const os::places& where) {
  // Each is used on the actor's thread alone.
  auto usage
      = std::make_shared<os::usage_reader>(share_descriptors().kept_files);
  auto proc = std::make_shared<os::proc_files>("/proc");
  actors::metrics_world world;
  world.usage = [usage](auto targets, auto detail) {
    return usage->read(targets, detail);
  };
  world.rest = [usage] { usage->rest(); };
  world.host = [proc] { return os::read_host(*proc); };
  world.self = [proc] { return os::read_self(*proc); };
  world.render = metrics_text;
  // The system's daemon does not look into users' homes.
  if (!where.system)
    if (const auto owner = os::find_user(::geteuid(), {})) {
      world.home = owner->home;
      world.log_size = os::size_of_file;
    }
  world.volumes = [state = where.state_dir, home = world.home] {
    std::vector<core::volume_reading> out;
    if (auto volume = os::read_volume("state", state))
      out.push_back(*std::move(volume));
    if (auto volume = home.empty() ? std::nullopt : log_volume(home))
      out.push_back(*std::move(volume));
    return out;
  };
  return world;
}

} // namespace

struct monitoring::parts {
  bool system = false;
  http_address usual;
  std::optional<http_address> serving;
  os::fd inherited;
  http_server server;
};

monitoring::monitoring(caf::actor_system& system, const os::places& where,
                       const configuration& settings,
                       monitoring_sources sources, os::fd inherited)
    : actor_(actors::spawn_metrics(
        system,
        {std::move(sources.host), std::move(sources.ports),
         std::move(sources.directory), std::move(sources.tallies),
         std::move(sources.version), settings.connections.connections_per_user,
         std::move(sources.port_policy),
         limit_policy_of(settings, where.system), world_of(where)})) {
  http_setup setup;
  setup.metrics = [actor = actor_](page_taker deliver) {
    actors::tell_from_outside(
        actor, actors::scrape{std::move(deliver), os::boottime()});
  };
  parts_.reset(new parts{where.system, usual_http_address(where), std::nullopt,
                         std::move(inherited), http_server{std::move(setup)}});
  configure(settings);
}

monitoring::~monitoring() = default;

void monitoring::configure(const configuration& settings) {
  auto& p = *parts_;
  actors::tell_from_outside(
      actor_, actors::limit_connections{settings.connections,
                                        limit_policy_of(settings, p.system)});
  p.server.set_names(names_of_host(settings));
  const auto wanted = settings.http.value_or(p.usual);
  if (p.serving == wanted)
    return;
  p.serving.reset();
  if (wanted.how == http_address::kind::off) {
    p.server.serve(std::nullopt);
    p.serving = wanted;
    return;
  }
  auto listener
      = p.inherited ? adopt_http(std::move(p.inherited)) : listen_http(wanted);
  if (!listener) {
    const auto& why = listener.failure();
    log(log_level::warning,
        "there are no metrics: " + why.message
            + "; name another place by the key http of hiidet.ron");
    p.server.serve(std::nullopt);
    return;
  }
  log(log_level::info,
      "metrics at " + listener->name + (listener->tcp ? "/metrics" : ""));
  p.server.serve(*std::move(listener));
  p.serving = wanted;
}

http_address usual_http_address(const os::places& where) {
  if (where.system && where == *os::default_places(true, 0, {}))
    return {http_address::kind::tcp, "127.0.0.1", 9419};
  return {http_address::kind::unix_socket, where.runtime_dir + "/http.sock", 0};
}

} // namespace hiisi::hiidet
