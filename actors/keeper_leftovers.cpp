#include "actors/keeper_leftovers.hpp"

#include "actors/os/logger_launch.hpp"

namespace hiisi::actors {

namespace wire = keeper_wire;

bool keeper_leftovers::take(const wire::message& m) {
  if (!ids_.contains(m.id))
    return false;
  clear_away(m);
  if (m.how_far == wire::phase::empty)
    ids_.erase(m.id);
  return true;
}

void keeper_leftovers::clear_away(const wire::message& m) {
  if (os::is_logger_run(m.id) && m.how_far > wire::phase::gated
      && m.how_far < wire::phase::empty)
    return;
  auto request = m;
  request.what = m.how_far == wire::phase::empty ? wire::kind::acknowledge
                                                 : wire::kind::kill;
  if (contact_.connected() && m.id != 0)
    contact_.send(request);
}

void keeper_leftovers::remove_leaf(uint32_t uid, uint32_t id) {
  // A kill of what the keeper does not hold. No run is numbered 0, so should it
  // hold that by then nothing is killed.
  wire::message request;
  request.what = wire::kind::kill;
  request.uid = uid;
  request.id = id;
  contact_.send(request);
}

} // namespace hiisi::actors
