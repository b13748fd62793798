#pragma once

#include "actors/os/keeper_client.hpp"
#include "protocol/response.hpp"
#include "protocol/result.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace hiisi::os {

/// The ports that we listen on in a process's place: all of them, or none. The
/// keeper has the same sockets, for its children and for the time when there is
/// no daemon.
class held_ports {
public:
  /// Takes over what the keeper holds for these ports, or else binds them anew.
  /// What it holds for others, as of another number, is not taken. Errors: as
  /// of hold_port().
  protocol::result<void> begin(const std::vector<protocol::process_port>& ports,
                               const std::string& address,
                               const sockets_ptr& found = nullptr);

  /// Has connections wait for whoever is given the sockets next.
  protocol::result<void> take_connections();

  /// Has them refused, while the ports stay ours.
  void refuse_connections();

  void let_go() noexcept;

  [[nodiscard]] const sockets_ptr& sockets() const noexcept { return sockets_; }
  [[nodiscard]] std::vector<uint64_t> inodes() const;

private:
  sockets_ptr sockets_;
  bool refusing_ = false;
};

} // namespace hiisi::os
