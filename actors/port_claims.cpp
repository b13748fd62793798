#include "actors/port_claims.hpp"

#include "actors/caf_compat.hpp"

#include <utility>
#include <variant>

namespace hiisi::actors {

const protocol::run_request& request_of(const run_as& m) {
  return std::get<protocol::run_request>(m.what.what->what);
}

port_claims::port_claims(caf::event_based_actor* self, uint32_t uid,
                         caf::actor registry)
    : self_(self), uid_(uid), registry_(std::move(registry)) {}

void port_claims::claim(run_as m) {
  const auto& request = request_of(m);
  tell(self_, registry_,
       claim_ports{m.id, request.name.value_or(""), m.what.caller,
                   request.ports, caf::actor{self_}});
  waiting_.emplace(m.id, std::move(m));
}

std::optional<run_as> port_claims::take(uint32_t id) {
  auto waiting = waiting_.extract(id);
  if (!waiting)
    return std::nullopt;
  return std::move(waiting.mapped());
}

void port_claims::give_back(uint32_t id,
                            std::span<const protocol::process_port> ports,
                            std::vector<uint16_t> free,
                            const ticket& reply_to) {
  std::vector<uint16_t> numbers;
  for (const auto& one : ports)
    numbers.push_back(one.port);
  tell(self_, registry_,
       release_ports{id, uid_, std::move(numbers), std::move(free), reply_to});
}

} // namespace hiisi::actors
