#include "actors/keeper_farewells.hpp"

#include "actors/caf_compat.hpp"
#include "actors/messages.hpp"

#include <caf/event_based_actor.hpp>

#include <chrono>
#include <cstddef>
#include <utility>

namespace hiisi::actors {

namespace {

using namespace std::chrono_literals;

/// A thousand stops take 150 to 250 ms.
constexpr auto put_off = 300ms;
/// The keeper takes some 0.03 ms for each.
constexpr size_t at_once = 32;
constexpr auto between = 2ms;

} // namespace

keeper_farewells::keeper_farewells(caf::event_based_actor* self,
                                   keeper_contact& contact)
    : self_(self), contact_(contact) {}

void keeper_farewells::add(const keeper_wire::message& acknowledgement) {
  send(acknowledgement.id);
  waiting_.emplace(acknowledgement.id, acknowledgement);
  if (!std::exchange(armed_, true))
    tell_self_after(self_, put_off, acknowledge_some{});
}

void keeper_farewells::send(uint32_t id) {
  const auto i = waiting_.find(id);
  if (i == waiting_.end() || !contact_.connected())
    return;
  contact_.send(i->second);
  waiting_.erase(i);
}

void keeper_farewells::send_some() {
  for (size_t n = 0; n < at_once && !waiting_.empty() && contact_.connected();
       ++n)
    send(waiting_.begin()->first);
  armed_ = !waiting_.empty() && contact_.connected();
  if (armed_)
    tell_self_after(self_, between, acknowledge_some{});
}

void keeper_farewells::send_all() {
  while (!waiting_.empty() && contact_.connected())
    send(waiting_.begin()->first);
}

bool keeper_farewells::waits(const keeper_wire::message& slot) const {
  const auto i = waiting_.find(slot.id);
  return i != waiting_.end() && i->second.run == slot.run;
}

} // namespace hiisi::actors
