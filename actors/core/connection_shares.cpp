#include "actors/core/connection_shares.hpp"

#include <utility>

namespace hiisi::core {

connection_shares::connection_shares(connection_settings usual,
                                     policy_ptr policy)
    : table_(usual), policy_(std::move(policy)) {}

void connection_shares::reconfigure(connection_settings usual,
                                    policy_ptr policy) {
  policy_ = std::move(policy);
  table_.reconfigure(usual);
}

bool connection_shares::is_to_be_asked_for(uint32_t uid) const {
  return uid != 0 && policy_ && !policy_->rules.empty()
         && table_.use_of(uid).connections == 1;
}

void connection_shares::learn(uint32_t uid, const std::string& name,
                              std::span<const uint32_t> groups) {
  if (policy_)
    table_.set_share(uid, share_of(uid, name, groups));
}

connection_share
connection_shares::share_of(uint32_t uid, const std::string& name,
                            std::span<const uint32_t> groups) const {
  if (policy_) {
    const auto limits = limits_of(*policy_, uid, name, groups);
    return {limits.connections, limits.bytes_in_flight};
  }
  // One's own daemon has limits of its broker alone.
  if (uid == 0)
    return {no_limit, no_limit};
  const auto& usual = table_.settings();
  return {usual.connections_per_user, usual.bytes_per_user};
}

std::string connection_shares::contact() const {
  return (policy_ ? *policy_ : limit_policy{}).contact;
}

protocol::error connection_shares::too_many_connections(uint32_t uid) const {
  return check_limit(
             table_.use_of(uid).connections, table_.share_of(uid).connections,
             "connections to hiidet open", "close some of them", contact())
      .failure();
}

protocol::error connection_shares::too_many_bytes(uint32_t uid) const {
  return check_limit(table_.use_of(uid).bytes, table_.share_of(uid).bytes,
                     "bytes in flight", "wait for answers before sending more",
                     contact())
      .failure();
}

} // namespace hiisi::core
