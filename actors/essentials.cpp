#include "actors/essentials.hpp"

#include "actors/caf_compat.hpp"

#include <caf/event_based_actor.hpp>

namespace hiisi::actors {

caf::actor spawn_essentials_guard(
    caf::actor_system& system, std::vector<essential> essentials,
    std::function<void(const std::string& name)> on_failure) {
  return system.spawn(
      [essentials = std::move(essentials), report = std::move(on_failure)](
          caf::event_based_actor* self) -> caf::behavior {
        quiet(self);
        for (const auto& e : essentials)
          self->monitor(e.actor);
        self->set_down_handler([essentials, report](const caf::down_msg& m) {
          for (const auto& e : essentials)
            if (e.actor.address() == m.source)
              report(e.name);
        });
        // A behaviour, so that it stays: it is told nothing but who ended.
        return {[](const caf::exit_msg&) {}};
      });
}

} // namespace hiisi::actors
