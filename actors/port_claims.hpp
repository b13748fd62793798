#pragma once

#include "actors/messages.hpp"

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace hiisi::actors {

/// What is to be run.
[[nodiscard]] const protocol::run_request& request_of(const run_as& m);

/// What one user's supervisor has asked of the port_registry: the runs whose
/// ports it has not given yet, each under the id that it is to have. Whoever
/// takes one out answers for it.
class port_claims {
public:
  port_claims(caf::event_based_actor* self, uint32_t uid, caf::actor registry);

  /// Asks for the ports of a run, which waits for `ports_claimed` from now on.
  void claim(run_as m);
  /// The run that was to have this id, which waits no longer.
  [[nodiscard]] std::optional<run_as> take(uint32_t id);
  /// A process is no more, or will not be: tells the registry so, which frees
  /// those of `free` and answers whoever waits.
  void give_back(uint32_t id, std::span<const protocol::process_port> ports,
                 std::vector<uint16_t> free, const ticket& reply_to);

  /// Those that wait, by id.
  [[nodiscard]] const std::map<uint32_t, run_as>& all() const noexcept {
    return waiting_;
  }
  [[nodiscard]] size_t size() const noexcept { return waiting_.size(); }

private:
  caf::event_based_actor* self_;
  uint32_t uid_;
  caf::actor registry_;
  std::map<uint32_t, run_as> waiting_;
};

} // namespace hiisi::actors
