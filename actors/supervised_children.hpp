#pragma once

#include "actors/child_table.hpp"
#include "actors/core/process_machine.hpp"
#include "actors/core/start_budget.hpp"
#include "actors/messages.hpp"
#include "actors/user_supervisor.hpp"

#include <caf/actor_addr.hpp>
#include <caf/fwd.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace hiisi::actors {

/// One user's processes with the process_actor behind each: spawns and watches
/// these, builds one anew from its record should it fail, and keeps all of them
/// told who their owner is.
class supervised_children {
public:
  /// `starts` is shared with every process_actor.
  supervised_children(caf::event_based_actor* self, uint32_t uid,
                      supervisor_neighbours to, core::process_settings settings,
                      std::shared_ptr<core::start_budget> starts);

  [[nodiscard]] child_table& table() noexcept { return table_; }
  [[nodiscard]] const child_table& table() const noexcept { return table_; }

  // -- the actors -------------------------------------------------------------

  /// A new process.
  child& add(core::process_record record);
  /// Takes over what was found on disk; returns the ids of what was not there
  /// yet. Where the owner is not known, the name services are asked.
  std::vector<uint32_t> take_over(adopt& m);
  /// Whose process_actor has failed, if that was one. One that was removed is
  /// in no table any more.
  [[nodiscard]] std::optional<uint32_t> failed(const caf::actor_addr& who);
  /// Builds it anew from what was last known. What has failed too often in a
  /// row stays in the table as it was last seen, without an actor.
  void rebuild(uint32_t id);
  /// Passes other settings on.
  void reconfigure(const reconfigure& m);

  // -- the owner --------------------------------------------------------------

  /// Who has the uid by what is known now; null for nobody.
  [[nodiscard]] const identity_ptr& owner() const noexcept { return owner_; }
  /// Sees anew which processes are theirs, too.
  void set_owner(identity_ptr who);
  /// Takes an answer of the name services; they are asked again later where
  /// they have none (false) and the owner is not known.
  bool learn_owner(identified& m);
  /// Tells one process, or all, who their owner is, as far as is known; nobody
  /// where that owner is gone.
  void tell_owner(const child& c);
  void tell_owner();

private:
  child& add(core::process_record record, bool recovered,
             std::optional<core::live_record> live, uint32_t rebuilds);
  [[nodiscard]] bool left_behind(const core::process_spec& spec) const;
  [[nodiscard]] identity_ptr owner_of(const child& c) const;

  caf::event_based_actor* self_;
  uint32_t uid_;
  supervisor_neighbours to_;
  core::process_settings settings_;
  std::shared_ptr<core::start_budget> starts_;
  identity_ptr owner_;
  child_table table_;
};

} // namespace hiisi::actors
