#pragma once

#include "actors/core/usage_limits.hpp"
#include "actors/core/user_limits.hpp"
#include "protocol/error.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace hiisi::core {

/// What each user's connections hold, and what they may. Rules name users and
/// groups, of which the kernel knows nothing, so until the name services have
/// answered somebody who comes has what is usual.
class connection_shares {
public:
  using policy_ptr = std::shared_ptr<const limit_policy>;

  /// `policy` is null where nobody has anything but what is usual.
  connection_shares(connection_settings usual, policy_ptr policy);
  /// What was learned counts no more.
  void reconfigure(connection_settings usual, policy_ptr policy);

  [[nodiscard]] usage_table& table() noexcept { return table_; }
  [[nodiscard]] const usage_table& table() const noexcept { return table_; }

  /// Whether the name services are to be asked who that is, whose connection
  /// has just been counted: with the first one, where there are rules.
  [[nodiscard]] bool is_to_be_asked_for(uint32_t uid) const;
  /// They have answered.
  void learn(uint32_t uid, const std::string& name,
             std::span<const uint32_t> groups);
  /// What that user may have, whether or not they are here.
  [[nodiscard]] connection_share
  share_of(uint32_t uid, const std::string& name,
           std::span<const uint32_t> groups) const;

  // -- refusals, in words for the user ----------------------------------------

  [[nodiscard]] protocol::error too_many_connections(uint32_t uid) const;
  [[nodiscard]] protocol::error too_many_bytes(uint32_t uid) const;

private:
  [[nodiscard]] std::string contact() const;

  usage_table table_;
  policy_ptr policy_;
};

} // namespace hiisi::core
