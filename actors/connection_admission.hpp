#pragma once

#include "actors/core/connection_shares.hpp"
#include "actors/messages.hpp"
#include "actors/os/peer_credentials.hpp"
#include "actors/session.hpp"

#include <caf/io/broker.hpp>

#include <cstdint>
#include <string>

namespace hiisi::actors {

/// Holds each user to their share of the socket_broker: lets connections in or
/// not, has it found out who somebody is where rules may give them more than is
/// usual, answers for what they have, and tells the events of refusals.
class connection_admission {
public:
  /// The neighbours are the broker's own, and outlive this.
  connection_admission(caf::io::broker* self, const session_neighbours& to,
                       core::connection_settings usual,
                       limit_policy_ptr policy);

  /// Counts a connection; false where that user may have no more.
  bool admit(const os::credentials& peer);
  /// The name services have answered.
  void learn(const identified& m);
  /// Somebody asks for their quotas.
  void count(const count_use& m);
  /// What was asked for is refused to that user.
  void note_refusal(const os::credentials& peer, std::string why);

  [[nodiscard]] core::connection_shares& shares() noexcept { return shares_; }
  /// What each user holds.
  [[nodiscard]] core::usage_table& usage() noexcept { return shares_.table(); }
  [[nodiscard]] const core::usage_table& usage() const noexcept {
    return shares_.table();
  }

private:
  caf::io::broker* self_;
  const session_neighbours& to_;
  core::connection_shares shares_;
};

} // namespace hiisi::actors
