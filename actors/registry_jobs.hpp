#pragma once

#include "actors/messages.hpp"

#include <variant>

namespace hiisi::actors {

/// What the port_registry does one after the other.
using registry_job
    = std::variant<submission, claim_ports, release_ports, look_at_ports,
                   port_rules, reload_registry, watch_over_ports>;

/// Whether it is to be known for it who listens where just now.
[[nodiscard]] bool needs_reading(const registry_job& what);

/// Whether it shows which ports are unused, so that it is to be found out.
[[nodiscard]] bool looks_around(const registry_job& what);

/// Whether it is the look of the registry's own, at intervals.
[[nodiscard]] bool is_automatic(const registry_job& what);

} // namespace hiisi::actors
