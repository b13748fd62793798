#pragma once

#include "actors/keeper_contact.hpp"
#include "protocol/keeper_wire.hpp"

#include <cstdint>
#include <unordered_set>

namespace hiisi::actors {

/// What the keeper holds and nobody waits for: runs of hooks, of rotations and
/// of loggers whose daemon is gone, what no daemon has recorded, and what was
/// forgotten while its child was being made. All of it is ended and then
/// acknowledged, but a logger, which goes on with its program. And what earlier
/// keepers did not live to remove.
class keeper_leftovers {
public:
  /// The keeper is told by `contact`, which must outlive it.
  explicit keeper_leftovers(keeper_contact& contact) : contact_(contact) {}

  /// That process is nobody's from now on, whatever the keeper says of it next.
  void add(uint32_t id) { ids_.insert(id); }
  /// Somebody watches over it after all.
  void remove(uint32_t id) { ids_.erase(id); }

  /// Takes the keeper's news of a process that was added; false for any other.
  [[nodiscard]] bool take(const keeper_wire::message& m);
  /// Has the keeper end it, or forget it where it has ended.
  void clear_away(const keeper_wire::message& m);

  /// Has the keeper remove an empty leaf for which it holds nothing: one before
  /// it has died first. A leaf in which anything lives stays.
  void remove_leaf(uint32_t uid, uint32_t id);

private:
  keeper_contact& contact_;
  std::unordered_set<uint32_t> ids_;
};

} // namespace hiisi::actors
