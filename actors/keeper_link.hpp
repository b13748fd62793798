#pragma once

#include "actors/core/tallies.hpp"
#include "actors/messages.hpp"
#include "actors/os/fd.hpp"

#include <caf/fwd.hpp>

#include <functional>
#include <memory>

namespace hiisi::actors {

/// A connection to the keeper, as the link uses it. Ends when destroyed.
class keeper_connection {
public:
  virtual ~keeper_connection() = default;
  /// How many messages the socket has not taken yet.
  [[nodiscard]] virtual size_t queued() const { return 0; }

  /// As of os::keeper_client; none of them blocks.
  virtual void send(const keeper_wire::message& what, os::sockets_ptr attached)
      = 0;
  virtual void spawn(const keeper_wire::message& what, os::fd launch_block) = 0;
  virtual void release(uint32_t id) = 0;
};

/// Connects to the keeper. Whatever it says goes to `link` as
/// `keeper_said{number, …}`, its end as `keeper_lost{number}`.
using keeper_dialer
    = std::function<protocol::result<std::unique_ptr<keeper_connection>>(
        const caf::actor& link, uint64_t number)>;

/// What the link tells the daemon: called on an actor's thread.
struct link_reports {
  /// The keeper has said all that it holds, for the first time.
  std::function<void()> ready;
  /// Something that an administrator should read.
  std::function<void(std::string_view)> warn;
  core::tallies_ptr tallies = std::make_shared<core::tallies>();
  /// Ids from this one on are on no record. What the keeper holds of them when
  /// it is first reached was asked for by a daemon that died before it could
  /// record it, so nobody was told of it: it is ended and forgotten.
  uint32_t first_unrecorded = UINT32_MAX;
};

/// Spawns the actor that speaks with the keeper: requests of process_actors
/// out, news to the process_actor they concern in. When the connection is
/// lost it dials again until it gets through, has a keeper that has taken
/// another's place take over what that one held, and lets every process_actor
/// compare what it thinks with what the keeper holds. A child that does not
/// get as far as execve in 10 to 20 s is killed.
caf::actor spawn_keeper_link(caf::actor_system& system, keeper_dialer dial,
                             link_reports reports);

/// Dials the keeper that listens at `socket_path`, with a thread to read what
/// it says.
keeper_dialer dial_keeper_at(std::string socket_path);

} // namespace hiisi::actors
