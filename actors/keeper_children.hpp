#pragma once

#include "actors/core/child_slot.hpp"
#include "actors/keeper_contact.hpp"
#include "actors/messages.hpp"

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include <chrono>
#include <cstdint>
#include <unordered_map>

namespace hiisi::actors {

/// What there is of one process: at the keeper's, and here.
struct keeper_child {
  caf::actor watcher;
  core::child_slot slot{};
  /// The first process of what the slot knows, from the moment that keeper was
  /// lost, so that how it ends meanwhile can be asked; of none where it is
  /// gone.
  os::sockets_ptr process{};
  /// When the keeper was asked to fork it; zero once it has answered.
  std::chrono::nanoseconds asked_at{0};
  /// The watcher waits for a comparison.
  bool comparing = false;
  /// The keeper has been asked to take over what the slot knows.
  bool taking = false;
  /// What the keeper stores for it, or is to.
  os::sockets_ptr sockets{};
};

/// All of them, by id, and their way from one keeper to the next: what a keeper
/// held that is lost, the next one is asked to take over, and what came of that
/// is compared with the record by whoever watches.
class keeper_children {
public:
  /// The keeper is told by `contact`, which must outlive it.
  keeper_children(caf::event_based_actor* self, keeper_contact& contact);

  [[nodiscard]] keeper_child& operator[](uint32_t id) { return all_[id]; }
  /// Null where nothing is known of it.
  [[nodiscard]] keeper_child* find(uint32_t id);
  /// Who holds the incarnation that a message is about, or null.
  [[nodiscard]] keeper_child* holder_of(const keeper_wire::message& m);
  void erase(uint32_t id) { all_.erase(id); }
  [[nodiscard]] size_t size() const noexcept { return all_.size(); }
  [[nodiscard]] auto begin() noexcept { return all_.begin(); }
  [[nodiscard]] auto end() noexcept { return all_.end(); }
  [[nodiscard]] auto begin() const noexcept { return all_.begin(); }
  [[nodiscard]] auto end() const noexcept { return all_.end(); }

  /// The keeper is lost, with what it held.
  void lose();
  /// The next one says by itself what nobody watches over.
  void drop_unwatched();

  /// Has the keeper take over what it does not know, and compares after that.
  /// Until it has answered it may be lost, and the next one is asked.
  void take_or_compare(uint32_t id, keeper_child& c);
  /// Has the watcher compare what is held with the record.
  void compare(uint32_t id, keeper_child& c);
  void report(const keeper_child& c, child_news what,
              const keeper_wire::message& m);

  /// Marks a slot with whose its number is just now.
  static void mark(keeper_wire::message& m);

private:
  caf::event_based_actor* self_;
  keeper_contact& contact_;
  std::unordered_map<uint32_t, keeper_child> all_;
};

} // namespace hiisi::actors
