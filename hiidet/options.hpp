#pragma once

#include "hiidet/http_listener.hpp"
#include "protocol/result.hpp"

#include <optional>
#include <string>

namespace hiisi::hiidet {

/// The command line of hiidet. What is not given is decided by the
/// configuration, and then by the defaults.
struct options {
  std::optional<std::string> socket;
  std::optional<std::string> state_dir;
  std::optional<std::string> runtime_dir;
  std::optional<std::string> config;
  /// Become the keeper, as its unit wants.
  bool keeper = false;
  std::optional<http_address> http;
  bool help = false;
  bool version = false;
};

/// Errors: `invalid_argument`.
protocol::result<options> parse_options(int argc, const char* const* argv);

[[nodiscard]] std::string help_text();
[[nodiscard]] std::string version_text();
/// The release alone, such as "1.0.0".
[[nodiscard]] std::string release_version();

} // namespace hiisi::hiidet
