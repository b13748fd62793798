#include "actors/os/keeper_client.hpp"

#include "actors/os/sys_error.hpp"

#include <cerrno>
#include <cstdint>
#include <cstring>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace hiisi::os {
namespace {

using protocol::errc;

enum class sent { yes, later, lost };

sent send_one(int socket, const keeper_wire::message& message, int attachment) {
  iovec part{const_cast<keeper_wire::message*>(&message), sizeof message};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))]{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (attachment >= 0) {
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    auto* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(rights), &attachment, sizeof attachment);
  }
  for (;;) {
    if (::sendmsg(socket, &header, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
      return sent::yes;
    if (errno == EINTR)
      continue;
    // ETOOMANYREFS: too many descriptors under way; the keeper takes them.
    return errno == EAGAIN || errno == ENOBUFS || errno == ETOOMANYREFS
               ? sent::later
               : sent::lost;
  }
}

} // namespace

keeper_client::keeper_client(std::string socket_path)
    : path_(std::move(socket_path)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

protocol::result<void> keeper_client::connect() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path_.size() >= sizeof address.sun_path)
    return protocol::make_error(errc::invalid_argument,
                                "the keeper's socket path is too long: "
                                    + path_,
                                "a socket's path has at most 107 bytes");
  std::memcpy(address.sun_path, path_.data(), path_.size());
  fd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (!wake_ || !socket)
    return sys_error(errc::internal, errno, "socket");
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address),
                sizeof address)
      != 0) {
    const auto denied = errno == EACCES || errno == EPERM;
    return sys_error(denied ? errc::not_permitted : errc::unavailable, errno,
                     "connect to the keeper at", path_);
  }
  const std::lock_guard guard(mutex_);
  socket_ = std::move(socket);
  backlog_.clear();
  return {};
}

void keeper_client::send(const keeper_wire::message& message, fd attachment) {
  bool blocked = false;
  {
    const std::lock_guard guard(mutex_);
    if (!socket_)
      return;
    const bool idle = backlog_.empty();
    backlog_.push_back({message, std::move(attachment)});
    if (idle)
      flush();
    blocked = idle && !backlog_.empty();
  }
  if (blocked)
    wake();
}

void keeper_client::flush() {
  while (!backlog_.empty()) {
    const auto& next = backlog_.front();
    const auto how
        = send_one(socket_.get(), next.message, next.attachment.get());
    if (how == sent::later)
      return;
    // A loss shows itself to the reader as well, which ends run().
    if (how == sent::lost)
      backlog_.clear();
    else
      backlog_.pop_front();
  }
}

void keeper_client::wake() {
  const uint64_t one = 1;
  (void)!::write(wake_.get(), &one, sizeof one);
}

size_t keeper_client::queued() {
  const std::lock_guard lock{mutex_};
  return backlog_.size();
}

void keeper_client::stop() {
  {
    const std::lock_guard guard(mutex_);
    stopping_ = true;
  }
  wake();
}

bool keeper_client::read_messages(
    const std::function<void(const keeper_wire::message&)>& on_message) {
  // Some at a time, so that a flood of news cannot put off what is to be sent.
  for (int i = 0; i < 64; ++i) {
    keeper_wire::message message;
    const auto size = ::recv(socket_.get(), &message, sizeof message,
                             MSG_DONTWAIT | MSG_TRUNC);
    if (size < 0)
      return errno == EAGAIN || errno == EINTR;
    if (static_cast<size_t>(size) != sizeof message)
      return false;
    on_message(message);
  }
  return true;
}

void keeper_client::run(
    const std::function<void(const keeper_wire::message&)>& on_message,
    const std::function<void()>& on_lost) {
  bool alive = true;
  while (alive) {
    pollfd watched[2] = {{socket_.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}};
    {
      const std::lock_guard guard(mutex_);
      if (stopping_) {
        stopping_ = false;
        return;
      }
      if (!backlog_.empty())
        watched[0].events |= POLLOUT;
    }
    if (::poll(watched, 2, -1) < 0)
      continue;
    uint64_t count = 0;
    if ((watched[1].revents & POLLIN) != 0)
      (void)!::read(wake_.get(), &count, sizeof count);
    if ((watched[0].revents & POLLOUT) != 0) {
      const std::lock_guard guard(mutex_);
      flush();
    }
    if ((watched[0].revents & ~POLLOUT) != 0)
      alive = read_messages(on_message);
  }
  {
    const std::lock_guard guard(mutex_);
    socket_.reset();
    backlog_.clear();
  }
  on_lost();
}

} // namespace hiisi::os
