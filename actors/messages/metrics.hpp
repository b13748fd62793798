#pragma once

#include "actors/messages/common.hpp"
#include "protocol/response.hpp"

#include <caf/actor.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace hiisi::core {
class port_table;
} // namespace hiisi::core

// What the metrics takes (detached: it reads /proc).

namespace hiisi::actors {

using page_ptr = std::shared_ptr<const std::string>;

/// From the HTTP server: a page of metrics for `deliver`, which is called once,
/// on the actor's thread. `asked_at` is by os::boottime().
struct scrape {
  std::function<void(page_ptr)> deliver;
  std::chrono::nanoseconds asked_at{0};
};
/// INTERNAL: whoever asked while the page was being made has it by now.
struct drop_page {};
/// INTERNAL: look whether nobody scrapes any more.
struct rest {};
/// INTERNAL: who has not answered by now is left out of that reading.
struct answers_due {
  uint64_t round = 0;
};
/// To the host_supervisor: who are your supervisors? Returns `supervisors`.
struct list_supervisors {};
struct supervisors {
  std::vector<caf::actor> all;
};
/// To a user_supervisor: what do you show? Returns `shown_views`.
struct show_views {};
struct shown_views {
  std::vector<view_ptr> all;
};
/// To the port_registry: what is allocated? Returns `shown_ports`.
struct show_ports {};
struct shown_ports {
  /// Null where the registry is damaged.
  std::shared_ptr<const core::port_table> table;
};
/// From a session: add to this answer, a status_list, what its processes use;
/// then answer with it.
struct measure {
  ticket reply_to;
  std::shared_ptr<protocol::payload> what;
  /// The tree and the limits, too.
  bool whole = false;
};

} // namespace hiisi::actors
