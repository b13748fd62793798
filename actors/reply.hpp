#pragma once

#include "actors/caf_compat.hpp"
#include "actors/messages.hpp"

#include <memory>
#include <utility>

namespace hiisi::actors {

/// Answers the request behind a ticket. A ticket without a session is that of
/// an operation which nobody waits for.
template <class Self>
void send_reply(Self* self, const ticket& to, protocol::payload what) {
  if (to.session)
    tell(self, to.session,
         answer{to.sequence,
                std::make_shared<protocol::payload>(std::move(what))});
}

} // namespace hiisi::actors
