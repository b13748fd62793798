#include "actors/core/usage_limits.hpp"

#include <algorithm>

namespace hiisi::core {

bool usage_table::connect(uint32_t uid) {
  auto& held = by_uid_[uid];
  if (uid != 0 && held.connections >= share_of(uid).connections) {
    forget_if_idle(uid);
    return false;
  }
  ++held.connections;
  return true;
}

void usage_table::disconnect(uint32_t uid) {
  auto i = by_uid_.find(uid);
  if (i == by_uid_.end())
    return;
  if (i->second.connections > 0)
    --i->second.connections;
  forget_if_idle(uid);
}

bool usage_table::take(uint32_t uid, size_t bytes) {
  auto& held = by_uid_[uid];
  held.bytes += bytes;
  return uid == 0 || held.bytes <= share_of(uid).bytes;
}

void usage_table::give_back(uint32_t uid, size_t bytes) {
  auto i = by_uid_.find(uid);
  if (i == by_uid_.end())
    return;
  i->second.bytes -= std::min(bytes, i->second.bytes);
  forget_if_idle(uid);
}

void usage_table::set_share(uint32_t uid, connection_share share) {
  if (auto i = by_uid_.find(uid); i != by_uid_.end())
    i->second.share = share;
}

connection_share usage_table::share_of(uint32_t uid) const {
  const auto i = by_uid_.find(uid);
  return i != by_uid_.end() && i->second.share
             ? *i->second.share
             : connection_share{settings_.connections_per_user,
                                settings_.bytes_per_user};
}

connection_share usage_table::use_of(uint32_t uid) const {
  const auto i = by_uid_.find(uid);
  return i == by_uid_.end()
             ? connection_share{}
             : connection_share{i->second.connections, i->second.bytes};
}

void usage_table::reconfigure(connection_settings settings) {
  settings_ = settings;
  for (auto& [uid, held] : by_uid_)
    held.share.reset();
}

void usage_table::forget_if_idle(uint32_t uid) {
  auto i = by_uid_.find(uid);
  if (i != by_uid_.end() && i->second.connections == 0 && i->second.bytes == 0)
    by_uid_.erase(i);
}

} // namespace hiisi::core
