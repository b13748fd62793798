#include "actors/registry_jobs.hpp"

namespace hiisi::actors {

bool needs_reading(const registry_job& what) {
  return std::holds_alternative<submission>(what)
         || std::holds_alternative<claim_ports>(what)
         || std::holds_alternative<look_at_ports>(what) || is_automatic(what);
}

bool looks_around(const registry_job& what) {
  if (const auto* s = std::get_if<submission>(&what)) {
    const auto& command = s->what->what;
    return std::holds_alternative<protocol::port_lookup_request>(command)
           || std::holds_alternative<protocol::port_check_request>(command)
           || std::holds_alternative<protocol::port_collect_request>(command);
  }
  return is_automatic(what);
}

bool is_automatic(const registry_job& what) {
  return std::holds_alternative<watch_over_ports>(what);
}

} // namespace hiisi::actors
