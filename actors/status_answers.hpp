#pragma once

#include "actors/child_table.hpp"
#include "actors/core/recovery_gate.hpp"
#include "actors/messages.hpp"

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include <cstdint>
#include <memory>
#include <utility>

namespace hiisi::actors {

/// Answers `status` of one user's processes, each asker with what they may see,
/// out of the table and without asking anybody. Only what was found on disk has
/// to be compared with what the keeper holds first.
class status_answers {
public:
  /// `children` must outlive it.
  status_answers(caf::event_based_actor* self, uint32_t uid, caf::actor host,
                 child_table& children);

  void answer(const submission& m, const protocol::status_request& what);
  /// To the host_supervisor, for a list of everybody's.
  void answer(const describe& m);

  /// Of all users' ports, as the port_registry told last.
  void set_unused(unused_ptr all);
  /// What the answers wait for.
  [[nodiscard]] core::recovery_gate& gate() noexcept { return gate_; }

private:
  void show(const submission& m, const protocol::status_request& what);
  void show(const describe& m);

  caf::event_based_actor* self_;
  uint32_t uid_;
  caf::actor host_;
  child_table& children_;
  unused_ptr unused_ = std::make_shared<const core::unused_ports>();
  core::recovery_gate gate_;
};

} // namespace hiisi::actors
