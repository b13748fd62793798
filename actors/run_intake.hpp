#pragma once

#include "actors/core/process_record.hpp"
#include "actors/messages.hpp"
#include "actors/port_claims.hpp"
#include "actors/supervised_children.hpp"
#include "actors/user_operations.hpp"

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include <cstdint>
#include <vector>

namespace hiisi::actors {

/// Makes processes of what a user has asked to run: each gets its ports, a name
/// of its own and a first start, or leaves nothing, and its id is released.
class run_intake {
public:
  /// All of them must outlive it.
  run_intake(caf::event_based_actor* self, uint32_t uid, caf::actor host,
             supervised_children& children, port_claims& claims,
             user_operations& operations);

  /// What is wrong with the request by itself: its name is taken, or its wishes
  /// for ports cannot be had.
  [[nodiscard]] protocol::result<void> check(const run_as& m) const;
  void refuse(const run_as& m, protocol::error why);
  /// Goes on with one that nothing speaks against, once it has its ports. The
  /// owner is known.
  void accept(run_as m);
  /// The port_registry has answered.
  void claimed(ports_claimed& m);

private:
  [[nodiscard]] protocol::result<void>
  check_name(const protocol::run_request& request) const;
  void define(const run_as& m, std::vector<protocol::process_port> ports,
              std::vector<uint16_t> fresh);
  [[nodiscard]] protocol::shared_environment
  shared(protocol::shared_environment env);

  caf::event_based_actor* self_;
  uint32_t uid_;
  caf::actor host_;
  supervised_children& children_;
  port_claims& claims_;
  user_operations& operations_;
  protocol::shared_environment last_environment_;
};

} // namespace hiisi::actors
