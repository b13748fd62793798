#include "actors/core/child_slot.hpp"

#include <cerrno>
#include <string>
#include <utility>

namespace hiisi::core {

namespace {

namespace wire = keeper_wire;
using wire::phase;

bool is_set(const wire::message& m) noexcept {
  return m.what != wire::kind{};
}

bool is_marked(const wire::message& m) noexcept {
  return m.pidfs_inode != 0 || m.start_ticks != 0;
}

void copy_mark(wire::message& to, const wire::message& from) noexcept {
  to.pidfs_inode = from.pidfs_inode;
  to.start_ticks = from.start_ticks;
}

/// Whether both are of one process, by the numbers in them.
bool same_process(const wire::message& a, const wire::message& b) noexcept {
  return a.run == b.run && a.pid == b.pid;
}

std::string name_of(phase how_far) {
  switch (how_far) {
  case phase::none:
    break;
  case phase::gated:
    return "gated";
  case phase::starting:
    return "starting";
  case phase::running:
    return "running";
  case phase::ended:
    return "ended";
  case phase::empty:
    return "empty";
  }
  return "none";
}

} // namespace

// -- what the keeper holds ----------------------------------------------------

bool child_slot::held_any() const noexcept {
  return is_set(held_);
}

bool child_slot::holds(uint32_t run) const noexcept {
  return held_any() && held_.run == run;
}

std::optional<child_slot::told> child_slot::note(message m,
                                                 const marker& mark) {
  const auto was = holds(m.run) ? held_.how_far : phase::none;
  if (m.how_far == phase::running && was == phase::none) {
    mark(m);
    m.how_far = phase::gated;
    held_ = m;
    return told{child_news::spawned, m};
  }
  if (m.how_far < phase::ended || was >= m.how_far)
    return std::nullopt;
  if (was < phase::running) {
    if (m.how_far == phase::empty)
      return fail_start(m, was);
    return std::nullopt; // Its tree has yet to end.
  }
  copy_mark(m, held_);
  held_ = m;
  return told{was < phase::ended ? child_news::exited : child_news::emptied, m};
}

/// Its child has ended short of execve.
child_slot::told child_slot::fail_start(message m, phase was) noexcept {
  const auto said = std::exchange(said_, {});
  m.at = said.at;
  m.error = said.error;
  if (m.at == wire::stage::none) {
    m.at = was == phase::starting ? wire::stage::execute : wire::stage::gate;
    m.error = EINTR;
  }
  clear();
  return {child_news::start_failed, m};
}

// -- the start ----------------------------------------------------------------

bool child_slot::release(uint32_t run, uint64_t round) noexcept {
  if (held_.run != run || held_.how_far != phase::gated)
    return false;
  held_.how_far = phase::starting;
  released_in_ = round;
  return true;
}

bool child_slot::start() noexcept {
  if (said_.at == wire::stage::deadline)
    return false;
  held_.how_far = phase::running;
  return true;
}

void child_slot::give_up(wire::stage at, int32_t error) noexcept {
  said_ = {at, error};
}

bool child_slot::starting() const noexcept {
  return held_.how_far == phase::starting;
}

bool child_slot::late(uint64_t round) const noexcept {
  return starting() && released_in_ != round;
}

wire::message child_slot::end_late() noexcept {
  give_up(wire::stage::deadline, ETIMEDOUT);
  auto kill = held_;
  kill.what = wire::kind::kill;
  return kill;
}

// -- from one keeper to the next ----------------------------------------------

void child_slot::know(const message& m) noexcept {
  if (is_set(known_))
    return;
  known_ = m;
  known_.what = wire::kind::slot;
}

bool child_slot::lose() noexcept {
  auto held = std::exchange(held_, {});
  if (held.how_far < phase::starting || held.how_far > phase::ended)
    return false;
  // What was listed and not compared yet has no mark of its own.
  if (!is_marked(held) && same_process(held, known_))
    copy_mark(held, known_);
  known_ = held;
  return true;
}

bool child_slot::to_be_taken() const noexcept {
  return !held_any() && is_set(known_);
}

wire::message child_slot::taking() const noexcept {
  auto request = known_;
  request.what = wire::kind::take;
  if (request.how_far < phase::ended)
    request.how_far = phase::running;
  return request;
}

void child_slot::mark(const marker& mark) {
  if (held_.how_far != phase::running || is_marked(held_))
    return;
  if (same_process(known_, held_))
    copy_mark(held_, known_);
  if (!is_marked(held_))
    mark(held_);
}

// -- for those who look -------------------------------------------------------

ron::struct_builder portrait_of(uint32_t id, const child_slot& slot) {
  ron::struct_builder out;
  out.add("id", id)
      .add("held", slot.held_any())
      .add("run", slot.held().run)
      .add("uid", slot.held().uid)
      .add("phase", name_of(slot.held().how_far))
      .add("pid", slot.held().pid);
  return out;
}

} // namespace hiisi::core
