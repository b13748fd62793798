#include "actors/connection_table.hpp"

#include <algorithm>
#include <utility>

namespace hiisi::actors {

namespace {

template <class Map, class Key>
std::optional<connection_table::handle> look_up(const Map& all,
                                                const Key& key) {
  const auto found = all.find(key);
  return found == all.end() ? std::nullopt : std::optional{found->second};
}

} // namespace

client_connection& connection_table::add(handle which,
                                         const os::credentials& peer,
                                         time_point now) {
  auto& made = all_[which];
  made.serial = next_serial_++;
  made.uid = peer.uid;
  made.pid = peer.pid;
  made.since = now;
  by_serial_[made.serial] = which;
  return made;
}

void connection_table::give_session(handle which, caf::actor session) {
  by_session_[session.address()] = which;
  all_.at(which).session = std::move(session);
}

void connection_table::erase(handle which) {
  const auto found = all_.find(which);
  if (found == all_.end())
    return;
  by_serial_.erase(found->second.serial);
  // One whose session could not be made has none.
  if (const auto& session = found->second.session)
    by_session_.erase(session.address());
  all_.erase(found);
}

client_connection* connection_table::find(handle which) {
  const auto found = all_.find(which);
  return found == all_.end() ? nullptr : &found->second;
}

std::optional<connection_table::handle>
connection_table::with_serial(uint64_t serial) const {
  return look_up(by_serial_, serial);
}

std::optional<connection_table::handle>
connection_table::with_session(const caf::actor_addr& session) const {
  return look_up(by_session_, session);
}

std::vector<connection_table::handle>
connection_table::stalled_for(std::chrono::seconds patience,
                              time_point now) const {
  std::vector<handle> found;
  for (const auto& [which, one] : all_)
    if (one.stalled_since && now - *one.stalled_since > patience)
      found.push_back(which);
  return found;
}

bool connection_table::any_stalled() const {
  return std::any_of(all_.begin(), all_.end(), [](const auto& entry) {
    return entry.second.stalled_since.has_value();
  });
}

} // namespace hiisi::actors
