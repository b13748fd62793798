#pragma once

#include "actors/core/process_record.hpp"
#include "actors/os/held_ports.hpp"
#include "actors/os/keeper_client.hpp"
#include "protocol/result.hpp"

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include <memory>

namespace hiisi::actors {

/// The sockets that are held in a process's place, where it asks for that: the
/// keeper is given the same ones, and the port_registry is told whose they are,
/// as often as they change.
class process_sockets {
public:
  process_sockets(caf::event_based_actor* self, caf::actor keeper,
                  caf::actor registry,
                  std::shared_ptr<const core::process_spec> spec);

  /// Compares with what the keeper holds, `found`, and takes that over or binds
  /// anew. After a boot the ports of what is stopped are to be nobody else's
  /// either; should they be, the next start says so.
  void compare(const os::sockets_ptr& found);

  /// Holds them, unless they are held, and has connections wait. Errors: as of
  /// os::held_ports.
  protocol::result<void> take_connections();
  /// Has connections refused, while the ports stay ours.
  void refuse_connections() { held_.refuse_connections(); }

  /// The process is no more.
  void release();
  /// The keeper has no room for them, so they are let go of.
  void refused();

  [[nodiscard]] const os::sockets_ptr& all() const noexcept {
    return held_.sockets();
  }

private:
  protocol::result<void> begin(const os::sockets_ptr& found);
  void give_to_keeper(os::sockets_ptr sockets);
  void tell_registry();

  caf::event_based_actor* self_;
  caf::actor keeper_;
  caf::actor registry_;
  std::shared_ptr<const core::process_spec> spec_;
  os::held_ports held_;
};

} // namespace hiisi::actors
