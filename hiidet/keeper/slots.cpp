#include "hiidet/keeper/slots.hpp"

namespace hiisi::keeper {
namespace {

slot table[wire::max_slots];
uint32_t touched = 0;
uint32_t used = 0;
/// Returned slots, linked by next_listed, as index + 1.
uint32_t free_head = 0;

/// Finds slots by one of their numbers: open addressing at half load, linear
/// probing, and deletion by moving later entries back, so that nothing decays.
template <auto Member>
class index_table {
public:
  slot* find(uint32_t key) {
    for (auto at = key & mask; cells_[at] != 0; at = (at + 1) & mask)
      if (key_of(at) == key)
        return &table[cells_[at] - 1];
    return nullptr;
  }

  void enter(const slot& one) {
    auto at = static_cast<uint32_t>(one.facts.*Member) & mask;
    while (cells_[at] != 0)
      at = (at + 1) & mask;
    cells_[at] = static_cast<uint16_t>(index_of(one) + 1);
  }

  void leave(const slot& one) {
    auto hole = static_cast<uint32_t>(one.facts.*Member) & mask;
    while (cells_[hole] != index_of(one) + 1) {
      if (cells_[hole] == 0)
        return;
      hole = (hole + 1) & mask;
    }
    for (auto at = (hole + 1) & mask; cells_[at] != 0; at = (at + 1) & mask) {
      // An entry may move back only if its home is not past the hole.
      if (((at - key_of(at)) & mask) < ((at - hole) & mask))
        continue;
      cells_[hole] = cells_[at];
      hole = at;
    }
    cells_[hole] = 0;
  }

private:
  static constexpr uint32_t mask = 2 * wire::max_slots - 1;
  static_assert((wire::max_slots & (wire::max_slots - 1)) == 0
                && wire::max_slots < UINT16_MAX);

  uint32_t key_of(uint32_t at) {
    return static_cast<uint32_t>(table[cells_[at] - 1].facts.*Member);
  }

  uint16_t cells_[mask + 1]; ///< index + 1; 0 is empty
};

index_table<&wire::message::id> by_id;
index_table<&wire::message::pid> by_pid;

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
  slot* one = nullptr;
  if (free_head != 0) {
    one = &table[free_head - 1];
    free_head = one->next_listed;
  } else if (touched < wire::max_slots) {
    one = &table[touched++];
  } else {
    return nullptr;
  }
  ++used;
  *one = {};
  one->facts.id = id;
  one->pidfd = one->channel = one->events = -1;
  by_id.enter(*one);
  return one;
}

void return_slot(slot& one) {
  by_id.leave(one);
  one = {};
  one.next_listed = free_head;
  free_head = index_of(one) + 1;
  --used;
}

slot* find_id(uint32_t id) {
  return by_id.find(id);
}

slot* find_pid(int32_t pid) {
  return pid > 0 ? by_pid.find(static_cast<uint32_t>(pid)) : nullptr;
}

void enter_pid(slot& one) {
  by_pid.enter(one);
}

void leave_pid(slot& one) {
  by_pid.leave(one);
}

} // namespace hiisi::keeper
