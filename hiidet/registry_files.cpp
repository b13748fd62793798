#include "hiidet/registry_files.hpp"

#include "actors/core/port_text.hpp"
#include "actors/os/atomic_file.hpp"
#include "actors/os/clock.hpp"
#include "actors/os/file.hpp"
#include "actors/os/port_facts.hpp"
#include "actors/os/sock_diag.hpp"
#include "actors/os/user_db.hpp"
#include "hiidet/log.hpp"

#include <optional>

namespace hiisi::hiidet {

namespace {

using protocol::result;

/// 64512 ports with the longest names are about 10 MB.
constexpr size_t max_registry_bytes = 64 * 1024 * 1024;

result<std::optional<std::string>> read_if_there(const std::string& path) {
  auto text = os::read_file(path, max_registry_bytes);
  if (text)
    return std::optional{*std::move(text)};
  if (text.failure().code == protocol::errc::not_found)
    return std::optional<std::string>{};
  return std::move(text).failure();
}

result<core::port_set> listening_ports() {
  auto listeners = os::list_listeners();
  if (!listeners)
    return std::move(listeners).failure();
  core::port_set ports;
  for (const auto& l : *listeners)
    if (!l.connected)
      ports.add(l.port);
  return ports;
}

/// What no server should be given by chance: a port that the kernel may hand
/// to somebody's outgoing connection, or that browsers refuse.
core::port_set unlucky_ports(const std::vector<core::port_range>& configured) {
  core::port_set ports;
  if (auto ephemeral = os::ephemeral_ports())
    ports.add(*ephemeral);
  ports.add(core::browser_refused_ports());
  for (const auto& range : configured)
    ports.add(range);
  return ports;
}

} // namespace

actors::registry_world registry_world_of(const os::places& where,
                                         const configuration& settings) {
  actors::registry_world world;
  world.path = where.state_dir + "/ports.ron";
  world.import_path = settings.import_ports;
  world.load = [path = world.path] { return read_if_there(path); };
  // A private instance has nothing to do with the host's first Hiisi.
  if (where.system && where == *os::default_places(true, 0, {}))
    world.import
        = [path = settings.import_ports] { return read_if_there(path); };
  else
    world.import = [] {
      return result<std::optional<std::string>>{std::optional<std::string>{}};
    };
  world.save = [path = world.path](const std::string& text) {
    return os::write_file(path, text, 0600, os::durability::durable);
  };
  world.listening = listening_ports;
  world.avoided
      = [ports = unlucky_ports(settings.avoided_ports)] { return ports; };
  world.uid_of = [](const std::string& user) {
    auto found = os::find_user_by_name(user, {});
    return found ? found->uid : core::unknown_uid;
  };
  world.now = os::wall_now;
  world.warn = [](std::string_view text) { log(log_level::error, text); };
  return world;
}

} // namespace hiisi::hiidet
