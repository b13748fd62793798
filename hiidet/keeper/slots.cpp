#include "hiidet/keeper/keeper.hpp"

namespace hiisi::keeper {
namespace {

slot table[wire::max_slots];
uint32_t touched = 0;
uint32_t used = 0;
/// Returned slots, linked by next_id.
uint16_t free_head = 0;

/// Finds slots by one of their numbers. All links are index + 1, 0 the end.
template <auto Number, auto Next>
class index_table {
public:
  slot* find(uint32_t number) {
    for (auto at = head(number); at != 0; at = table[at - 1].*Next)
      if (number_of(table[at - 1]) == number)
        return &table[at - 1];
    return nullptr;
  }

  void enter(slot& one) {
    auto& first = head(number_of(one));
    one.*Next = first;
    first = static_cast<uint16_t>(index_of(one) + 1);
  }

  void leave(const slot& one) {
    auto* at = &head(number_of(one));
    while (*at != 0 && *at != index_of(one) + 1)
      at = &(table[*at - 1].*Next);
    if (*at != 0)
      *at = one.*Next;
  }

private:
  static uint32_t number_of(const slot& one) {
    return static_cast<uint32_t>(one.facts.*Number);
  }
  uint16_t& head(uint32_t number) { return heads_[number % wire::max_slots]; }

  uint16_t heads_[wire::max_slots];
};

static_assert(wire::max_slots < UINT16_MAX);
index_table<&wire::message::id, &slot::next_id> by_id;
index_table<&wire::message::pid, &slot::next_pid> by_pid;

} // namespace

slot& slot_at(uint32_t index) {
  return table[index];
}

uint32_t index_of(const slot& one) {
  return static_cast<uint32_t>(&one - table);
}

uint32_t slots_used() {
  return used;
}

uint32_t slots_touched() {
  return touched;
}

slot* take_slot(uint32_t id) {
  if (free_head == 0 && touched == wire::max_slots)
    return nullptr;
  auto& one = table[free_head != 0 ? free_head - 1U : touched++];
  free_head = one.next_id;
  ++used;
  one = {};
  one.facts.id = id;
  one.pidfd = one.channel = one.events = -1;
  by_id.enter(one);
  return &one;
}

void return_slot(slot& one) {
  by_id.leave(one);
  one = {};
  one.next_id = free_head;
  free_head = static_cast<uint16_t>(index_of(one) + 1);
  --used;
}

slot* find_id(uint32_t id) {
  return by_id.find(id);
}

slot* find_pid(int32_t pid) {
  return by_pid.find(static_cast<uint32_t>(pid));
}

void enter_pid(slot& one) {
  by_pid.enter(one);
}

void leave_pid(slot& one) {
  by_pid.leave(one);
}

} // namespace hiisi::keeper
