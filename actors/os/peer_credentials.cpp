#include "actors/os/peer_credentials.hpp"

#include "actors/os/file.hpp"
#include "actors/os/sys_error.hpp"

#include <cerrno>
#include <charconv>

#include <sys/socket.h>

namespace hiisi::os {

using protocol::errc;
using protocol::make_error;
using protocol::result;

namespace {

/// The kernel's default, include/linux/highuid.h.
constexpr uint32_t default_overflow_uid = 65534;

uint32_t read_overflow_uid() {
  auto text = read_file("/proc/sys/kernel/overflowuid", 64);
  auto uid = default_overflow_uid;
  if (text) {
    const auto& digits = *text;
    std::from_chars(digits.data(), digits.data() + digits.size(), uid);
  }
  return uid;
}

} // namespace

result<credentials> peer_credentials(int socket) {
  // Read once: who can change it is root, and it never changes in practice.
  static const auto overflow_uid = read_overflow_uid();
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
    return sys_error(errc::internal, errno, "ask for the peer's credentials");
  if (peer.uid == static_cast<uid_t>(-1) || peer.uid == overflow_uid)
    return make_error(errc::not_permitted,
                      "the kernel does not say who you are (uid "
                          + std::to_string(peer.uid) + ")",
                      "connect from outside of the user namespace");
  return credentials{peer.pid, peer.uid, peer.gid};
}

} // namespace hiisi::os
