#pragma once

#include "actors/messages.hpp"
#include "actors/os/peer_credentials.hpp"

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace hiisi::actors {

/// Who the requests of one connection act for. The kernel says who the peer is;
/// only root may name somebody else. The name services are asked, and each
/// answer holds for as long as the connection does.
class request_callers {
public:
  using who = protocol::result<identity_ptr>;

  /// `system`: the daemon serves every user of the host. Otherwise it is
  /// `own_uid`'s, and everybody who can connect acts as that user.
  request_callers(caf::event_based_actor* self, caf::actor directory,
                  os::credentials peer, bool system, uint32_t own_uid);

  /// Takes an answer of the name services.
  void learn(identified& m);
  /// Who the request acts for, or nothing while that is being found out.
  [[nodiscard]] std::optional<who> caller_for(const protocol::request& what);

  /// Whom the peer acts as.
  [[nodiscard]] uint32_t uid() const noexcept { return uid_; }
  /// The same as the name services know them; null while they do not.
  [[nodiscard]] identity_ptr self() const;
  /// The peer itself, for the record: once it is known who asks.
  [[nodiscard]] const requester_ptr& behind_it();

private:
  [[nodiscard]] who rights_here(who found) const;

  caf::event_based_actor* self_;
  caf::actor directory_;
  os::credentials peer_;
  bool system_;
  uint32_t uid_;
  requester_ptr requester_;
  std::optional<who> self_identity_;
  /// By login name; nothing while that is being asked for.
  std::map<std::string, std::optional<who>> others_;
};

} // namespace hiisi::actors
