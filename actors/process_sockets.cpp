#include "actors/process_sockets.hpp"

#include "actors/caf_compat.hpp"
#include "actors/messages.hpp"

#include <tuple>
#include <utility>

namespace hiisi::actors {

process_sockets::process_sockets(caf::event_based_actor* self,
                                 caf::actor keeper, caf::actor registry,
                                 std::shared_ptr<const core::process_spec> spec)
    : self_(self),
      keeper_(std::move(keeper)),
      registry_(std::move(registry)),
      spec_(std::move(spec)) {}

void process_sockets::compare(const os::sockets_ptr& found) {
  if (spec_->listen && !held_.sockets())
    std::ignore = begin(found);
  else if (!spec_->listen && found)
    // A daemon that died in the midst of a start has left a logger's channel.
    give_to_keeper(nullptr);
}

protocol::result<void> process_sockets::take_connections() {
  if (!held_.sockets())
    if (auto begun = begin(nullptr); !begun)
      return begun;
  return held_.take_connections();
}

protocol::result<void> process_sockets::begin(const os::sockets_ptr& found) {
  auto begun = held_.begin(spec_->ports, *spec_->listen, found);
  if (!begun)
    return begun;
  if (held_.sockets() != found)
    give_to_keeper(held_.sockets());
  tell_registry();
  return {};
}

void process_sockets::release() {
  if (!spec_->listen)
    return;
  held_.let_go();
  give_to_keeper(nullptr);
  tell_registry();
}

void process_sockets::refused() {
  held_.let_go();
  tell_registry();
}

void process_sockets::give_to_keeper(os::sockets_ptr sockets) {
  tell(self_, keeper_, hold_sockets{spec_->id, std::move(sockets)});
}

void process_sockets::tell_registry() {
  tell(self_, registry_,
       ports_held{spec_->id, spec_->name, spec_->uid, held_.inodes()});
}

} // namespace hiisi::actors
