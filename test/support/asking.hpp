#pragma once

#include "protocol/request.hpp"

namespace hiisi::test {

/// A request for events with something set: `asking([](auto& r) { r.last = 2;
/// })`.
template <class Set>
protocol::events_request asking(Set set) {
  protocol::events_request r;
  set(r);
  return r;
}

} // namespace hiisi::test
