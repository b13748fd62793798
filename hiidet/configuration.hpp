#pragma once

#include "actors/core/hook_throttle.hpp"
#include "actors/core/port_allocator.hpp"
#include "actors/core/process_machine.hpp"
#include "actors/core/usage_limits.hpp"
#include "hiidet/http_listener.hpp"
#include "hiidet/log.hpp"
#include "protocol/result.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hiisi::hiidet {

/// What hiidet.ron says, or the defaults. deploy/hiidet.ron documents each.
struct configuration {
  /// Whom the system's daemon runs as, once that user exists.
  std::string user = "hiisi";
  std::string admin_group = "hiisi-admin";
  std::optional<std::string> socket;
  std::optional<std::string> state_dir;
  std::optional<std::string> runtime_dir;
  log_level level = log_level::info;
  /// Where metrics are to be had; absent for the usual place.
  std::optional<http_address> http;
  /// Names of this host, beside its own, under which it is asked for them.
  std::vector<std::string> http_names;
  core::connection_settings connections;
  core::process_settings process;
  size_t finished_kept = 100;
  /// Ports that a random choice stays away from, beside those that it always
  /// avoids.
  std::vector<core::port_range> avoided_ports;
  /// What is kept of what happens: so many files of so many bytes.
  size_t event_file_bytes = 4 * 1024 * 1024;
  size_t event_files = 5;
  core::hook_settings hooks;
  /// The first Hiisi's registry, taken over when there is none of ours.
  std::string import_ports = "/etc/hiisi/ports.ron";

  friend bool operator==(const configuration&, const configuration&) = default;
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
