#pragma once

#include "actors/core/port_policy.hpp"
#include "actors/core/tallies.hpp"
#include "actors/os/directories.hpp"
#include "actors/os/fd.hpp"
#include "hiidet/configuration.hpp"

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include <memory>
#include <string>

namespace hiisi::hiidet {

/// What monitoring asks when somebody wants to know.
struct monitoring_sources {
  caf::actor host;
  caf::actor ports;
  caf::actor directory;
  core::tallies_ptr tallies;
  std::string version;
  std::shared_ptr<const core::port_policy> port_policy;
};

/// The metrics actor and the HTTP server that it makes pages for.
class monitoring {
public:
  /// `inherited` is a listening socket from the service manager, if it holds
  /// one: it is used in place of the usual address.
  monitoring(caf::actor_system& system, const os::places& where,
             const configuration& settings, monitoring_sources sources,
             os::fd inherited);
  ~monitoring();

  [[nodiscard]] const caf::actor& actor() const noexcept { return actor_; }

  /// Takes what has changed, and tries again what could not be had before. A
  /// daemon without metrics is better than none, so that is only logged.
  void configure(const configuration& settings);

private:
  struct parts;

  caf::actor actor_;
  std::unique_ptr<parts> parts_;
};

/// Where metrics are to be had if nobody has said: the host's own daemon has
/// the port that is known for it; any other, of which there may be many on a
/// host, a socket beside the one for clients.
[[nodiscard]] http_address usual_http_address(const os::places& where);

} // namespace hiisi::hiidet
