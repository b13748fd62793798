#include "actors/os/held_ports.hpp"

#include "actors/os/held_port.hpp"

#include <fcntl.h>

namespace hiisi::os {

using protocol::result;

result<void> held_ports::begin(const std::vector<protocol::process_port>& ports,
                               const std::string& address,
                               const sockets_ptr& found) {
  refusing_ = false;
  if (found && found->size() == ports.size()) {
    sockets_ = found;
    return {};
  }
  std::vector<fd> sockets;
  if (found && found->size() == ports.size() + 1) {
    // Behind them the channel of a logger, from a start that its daemon died
    // in.
    for (size_t i = 0; i < ports.size(); ++i)
      sockets.emplace_back(::fcntl((*found)[i].get(), F_DUPFD_CLOEXEC, 3));
    sockets_ = std::make_shared<const std::vector<fd>>(std::move(sockets));
    return {};
  }
  for (const auto& port : ports) {
    auto made = hold_port(port, address);
    if (!made)
      return std::move(made).failure();
    sockets.push_back(*std::move(made));
  }
  sockets_ = std::make_shared<const std::vector<fd>>(std::move(sockets));
  return {};
}

result<void> held_ports::take_connections() {
  refusing_ = false;
  for (const auto& socket : *sockets_)
    if (auto taken = os::take_connections(socket); !taken)
      return taken;
  return {};
}

void held_ports::refuse_connections() {
  if (!sockets_ || refusing_)
    return;
  refusing_ = true;
  for (const auto& socket : *sockets_)
    os::refuse_connections(socket);
}

void held_ports::let_go() noexcept {
  sockets_ = nullptr;
}

std::vector<uint64_t> held_ports::inodes() const {
  std::vector<uint64_t> numbers;
  if (sockets_)
    for (const auto& socket : *sockets_)
      numbers.push_back(socket_inode(socket));
  return numbers;
}

} // namespace hiisi::os
