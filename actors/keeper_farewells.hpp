#pragma once

#include "actors/keeper_contact.hpp"
#include "protocol/keeper_wire.hpp"

#include <caf/fwd.hpp>

#include <cstdint>
#include <map>

namespace hiisi::actors {

/// Acknowledgements of what has ended, at which the keeper forgets it and
/// removes its cgroup. Nobody waits for that, and it is as much work as all the
/// rest of a stop, a good part of it the kernel's own: so they are put off
/// until a storm of ends is over, and then go out a few at a time, between
/// which the keeper does what others ask of it. Each step is an
/// `acknowledge_some`.
class keeper_farewells {
public:
  /// The keeper is told by `contact`, which must outlive it.
  keeper_farewells(caf::event_based_actor* self, keeper_contact& contact);

  void add(const keeper_wire::message& acknowledgement);
  /// Sends that of this process, for something new is asked of its id.
  void send(uint32_t id);
  void send_some();
  void send_all();

  /// Whether that incarnation is one that the keeper is yet to forget.
  [[nodiscard]] bool waits(const keeper_wire::message& slot) const;

private:
  caf::event_based_actor* self_;
  keeper_contact& contact_;
  /// By id, of which the keeper holds one incarnation at a time.
  std::map<uint32_t, keeper_wire::message> waiting_;
  bool armed_ = false;
};

} // namespace hiisi::actors
