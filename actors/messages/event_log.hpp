#pragma once

#include "actors/messages/common.hpp"
#include "protocol/response.hpp"

#include <caf/actor.hpp>

#include <memory>

// What the event_log takes (detached: it waits for disks).

namespace hiisi::actors {

/// From anybody: something has happened. Its number is given to it there.
struct happened {
  protocol::event what;
};
/// From a session: an events_request. Answered in parts.
struct events_submission {
  submission what;
};
/// From a session, and from an actor to itself: the part of an answer before
/// has been taken, so the next one may come.
struct stream_more {
  ticket reply_to;
};
/// From an actor: send me every event as `noted`, from now on, or no more.
struct watch_events {
  caf::actor watcher;
  bool watching = true;
};
/// To those who watch: it has happened and has its number.
struct noted {
  std::shared_ptr<const protocol::event> what;
};
/// From main, on SIGHUP: the bounds of what is kept.
struct limit_events {
  size_t file_bytes = 0;
  size_t files = 0;
};
/// INTERNAL: write what has come in.
struct write_events {};

} // namespace hiisi::actors
