#pragma once

#include "hiisi/options.hpp"
#include "protocol/response.hpp"

#include <span>
#include <string>

namespace hiisi::cli {

/// Ports that are labelled and listened on by TCP, as a part of a reverse
/// proxy's configuration: each at LABEL.USER.DOMAIN, or, without a domain, at
/// the path /USER/LABEL/. Ports whose owner's name could not stand in a
/// configuration as it is are left out.
///
/// Caddy: sites, or the snippet "hiisi_ports", which a site imports. nginx:
/// servers, or locations, which a server includes. JSON:
/// {"routes":[{"user":"anna","label":"web","port":8080,"upstream":
/// "127.0.0.1:8080","host":"web.anna.example.org","path":null}]}
[[nodiscard]] std::string
export_ports(std::span<const protocol::port_entry> entries,
             const port_export_verb& what);

} // namespace hiisi::cli
