#include "actors/core/tallies.hpp"

namespace hiisi::core {

void tallies::connection_opened(uint32_t uid) {
  add(connections_accepted_);
  const std::lock_guard lock{mutex_};
  ++connections_[uid];
}

void tallies::connection_closed(uint32_t uid) {
  const std::lock_guard lock{mutex_};
  const auto i = connections_.find(uid);
  if (i != connections_.end() && --i->second == 0)
    connections_.erase(i);
}

void tallies::happened(const protocol::event& what) {
  using protocol::event_kind;
  using protocol::exit_info;
  const std::lock_guard lock{mutex_};
  switch (what.what) {
  case event_kind::start:
    ++happened_.starts;
    break;
  case event_kind::restart:
    ++happened_.starts;
    ++happened_.restarts;
    if (what.uid)
      ++users_[*what.uid].restarts;
    break;
  case event_kind::start_failed:
    ++happened_.failed_starts;
    break;
  case event_kind::give_up:
    ++happened_.give_ups;
    break;
  case event_kind::exit:
    if (what.uid && what.used)
      users_[*what.uid].cpu += what.used->user + what.used->system;
    if (!what.exit || what.exit->how == exit_info::kind::unknown)
      ++happened_.exits_unknown;
    else if (what.exit->how == exit_info::kind::signaled)
      ++happened_.exits_signal;
    else if (what.exit->value == 0)
      ++happened_.exits_success;
    else
      ++happened_.exits_failure;
    break;
  default:
    break;
  }
}

tally_reading tallies::read() const {
  const auto value = [](const counter& from) {
    return from.load(std::memory_order_relaxed);
  };
  tally_reading out;
  out.connections_accepted = value(connections_accepted_);
  out.connections_refused = value(connections_refused_);
  out.frames_received = value(frames_received_);
  out.frames_sent = value(frames_sent_);
  for (size_t i = 0; i < errors_.size(); ++i)
    out.errors[i] = value(errors_[i]);
  for (size_t i = 0; i < requests_.size(); ++i)
    out.requests[i] = requests_[i].read();
  out.keeper = keeper_.read();
  out.keeper_connected = keeper_connected_.load(std::memory_order_relaxed);
  out.log_segments = value(log_segments_);
  out.log_bytes_rotated = value(log_bytes_rotated_);
  out.log_failures = value(log_failures_);
  const std::lock_guard lock{mutex_};
  out.connections = connections_;
  out.happened = happened_;
  out.users = users_;
  return out;
}

} // namespace hiisi::core
