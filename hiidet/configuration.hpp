#pragma once

#include "actors/core/hook_throttle.hpp"
#include "actors/core/log_policy.hpp"
#include "actors/core/port_policy.hpp"
#include "actors/core/process_machine.hpp"
#include "actors/core/usage_limits.hpp"
#include "actors/core/user_limits.hpp"
#include "hiidet/http_listener.hpp"
#include "hiidet/log.hpp"
#include "protocol/result.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hiisi::hiidet {

/// What hiidet.ron says of ports.
struct port_settings {
  /// Ports that a random choice stays away from, beside those that it always
  /// avoids, and ports that nobody but root may have.
  std::vector<core::port_range> avoid;
  std::vector<core::port_range> deny;
  /// In the place of what the kernel says: where it takes the ports of outgoing
  /// connections from, and what the administrator has kept out of that.
  std::optional<std::vector<core::port_range>> ephemeral;
  std::optional<std::vector<core::port_range>> reserved;
  /// Whether names in /etc/services are stayed away from.
  bool services = true;
  std::chrono::seconds quarantine{600};
  std::chrono::seconds look_every{300};
  std::chrono::seconds unused_after = std::chrono::hours{24 * 14};
  std::chrono::seconds collect_after = std::chrono::hours{24 * 30};
  bool collect = false;
  /// Ports a user may have; nothing for any number.
  std::optional<uint32_t> quota = 20;
  /// Groups have no number yet.
  std::vector<core::port_rule> rules;
  /// The first Hiisi's registry, taken over when there is none of ours.
  std::string import = "/etc/hiisi/ports.ron";

  friend bool operator==(const port_settings&, const port_settings&) = default;
};

/// What hiidet.ron says, or the defaults. deploy/hiidet.ron documents each.
struct configuration {
  /// Whom the system's daemon runs as, once that user exists.
  std::string user = "hiisi";
  std::string admin_group = "hiisi-admin";
  /// Whether users below uid 1000, beside root, may have processes.
  bool system_users = false;
  std::optional<std::string> socket;
  std::optional<std::string> state_dir;
  std::optional<std::string> runtime_dir;
  log_level level = log_level::info;
  /// Where metrics are to be had; absent for the usual place.
  std::optional<http_address> http;
  /// Names of this host, beside its own, under which it is asked for them.
  std::vector<std::string> http_names;
  core::connection_settings connections;
  /// Processes, starts, the rules and whom to ask; what is usual of
  /// connections and bytes stands in `connections`.
  core::limit_policy limits;
  core::process_settings process;
  size_t finished_kept = 100;
  /// What is kept of what happens: so many files of so many bytes.
  size_t event_file_bytes = 4 * 1024 * 1024;
  size_t event_files = 5;
  core::hook_settings hooks;
  core::log_policy logs;
  port_settings ports;
};

/// Reads a configuration's text. Every key is optional; an unknown one is an
/// error, since it is most likely a misspelt one. Errors (`invalid_argument`)
/// name the file, line and column.
protocol::result<configuration> read_configuration(std::string_view text,
                                                   std::string_view source);

/// Reads the file at `path`. One that is not there stands for the defaults,
/// unless `required`.
protocol::result<configuration> load_configuration(const std::string& path,
                                                   bool required);

} // namespace hiisi::hiidet
