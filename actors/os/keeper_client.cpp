#include "actors/os/keeper_client.hpp"

#include "actors/os/sys_error.hpp"
#include "fault/crash_point.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <tuple>
#include <utility>

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace hiisi::os {
namespace {

using protocol::errc;

enum class sent { yes, later, lost, never };

/// Room for the descriptors of one message.
struct ride {
  alignas(
      cmsghdr) char control[CMSG_SPACE(keeper_wire::max_held * sizeof(int))]{};
};

sent send_one(int socket, const keeper_wire::message& message,
              const sockets_ptr& attached) {
  iovec part{const_cast<keeper_wire::message*>(&message), sizeof message};
  ride space;
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (attached && !attached->empty()) {
    std::vector<int> numbers;
    for (const auto& one : *attached)
      numbers.push_back(one.get());
    const auto size = numbers.size() * sizeof(int);
    if (size > keeper_wire::max_held * sizeof(int))
      return sent::never;
    header.msg_control = space.control;
    header.msg_controllen = CMSG_SPACE(size);
    auto* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(size);
    std::memcpy(CMSG_DATA(rights), numbers.data(), size);
  }
  for (;;) {
    if (::sendmsg(socket, &header, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
      HIISI_CRASH_POINT("link.sent");
      return sent::yes;
    }
    if (errno == EINTR)
      continue;
    // ETOOMANYREFS: too many descriptors under way; the keeper takes them.
    return errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM
                   || errno == ETOOMANYREFS
               ? sent::later
               : sent::lost;
  }
}

/// What else than the id of a gate an event may be about.
constexpr uint64_t about_socket = uint64_t{1} << 32;
constexpr uint64_t about_wake = about_socket + 1;

bool watch(const fd& epoll, const fd& what, uint64_t about, uint32_t events,
           int operation = EPOLL_CTL_ADD) {
  epoll_event wanted{};
  wanted.events = events;
  wanted.data.u64 = about;
  return ::epoll_ctl(epoll.get(), operation, what.get(), &wanted) == 0;
}

} // namespace

keeper_client::keeper_client(std::string socket_path)
    : path_(std::move(socket_path)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  watch(epoll_, wake_, about_wake, EPOLLIN);
}

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
  HIISI_CRASH_POINT("link.connected");
  const std::lock_guard guard(mutex_);
  socket_ = std::move(socket);
  backlog_.clear();
  awaited_room_ = 0;
  gates_.clear();
  if (!watch(epoll_, socket_, about_socket, EPOLLIN))
    return sys_error(errc::internal, errno, "epoll_ctl");
  return {};
}

void keeper_client::send(const keeper_wire::message& message,
                         sockets_ptr attached) {
  const std::lock_guard guard(mutex_);
  if (!socket_)
    return;
  const bool idle = backlog_.empty();
  backlog_.push_back({message, std::move(attached)});
  if (idle)
    flush();
}

void keeper_client::spawn(const keeper_wire::message& message,
                          fd launch_block) {
  int ends[2] = {-1, -1};
  // Without a pair the keeper misses a descriptor and refuses.
  std::ignore = ::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends);
  std::vector<fd> attached;
  attached.push_back(std::move(launch_block));
  if (ends[1] >= 0)
    attached.emplace_back(ends[1]);
  {
    const std::lock_guard guard(mutex_);
    auto& made = gates_[message.id];
    made.run = message.run;
    made.end = fd{ends[0]};
    // Nothing but its end is waited for.
    watch(epoll_, made.end, message.id, 0);
  }
  send(message, std::make_shared<const std::vector<fd>>(std::move(attached)));
}

void keeper_client::release(uint32_t id) {
  const std::lock_guard guard(mutex_);
  if (const auto found = gates_.find(id); found != gates_.end())
    ::send(found->second.end.get(), "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
  HIISI_CRASH_POINT("gate.opened");
}

void keeper_client::close_gate(uint32_t id, const listener& on_message) {
  gate closed;
  {
    const std::lock_guard guard(mutex_);
    const auto found = gates_.find(id);
    if (found == gates_.end())
      return;
    // An event may be of an earlier gate of the same id's.
    pollfd state{found->second.end.get(), 0, 0};
    if (::poll(&state, 1, 0) != 1)
      return;
    closed = std::move(found->second);
    gates_.erase(found);
  }
  keeper_wire::gate_report said;
  keeper_wire::message news;
  for (;;) {
    const auto got = ::recv(closed.end.get(), &said, sizeof said, MSG_DONTWAIT);
    // Once, where a release came when nobody was there to read it any more.
    if (got < 0 && errno == ECONNRESET)
      continue;
    if (got != static_cast<ssize_t>(sizeof said))
      break;
    const auto good = said.at == keeper_wire::stage::execute && said.error == 0;
    news.what
        = good ? keeper_wire::kind::started : keeper_wire::kind::start_failed;
    news.at = said.at;
    news.error = said.error;
  }
  news.id = id;
  news.run = closed.run;
  HIISI_CRASH_POINT("gate.heard");
  if (news.what != keeper_wire::kind{})
    on_message(news, {});
}

void keeper_client::flush() {
  while (!backlog_.empty()) {
    const auto& next = backlog_.front();
    const auto how = send_one(socket_.get(), next.message, next.attached);
    if (how == sent::later)
      break;
    // A loss shows itself to the reader as well, which ends run().
    if (how == sent::lost)
      backlog_.clear();
    else
      backlog_.pop_front();
  }
  const uint32_t room = backlog_.empty() ? 0U : EPOLLOUT;
  if (std::exchange(awaited_room_, room) != room)
    watch(epoll_, socket_, about_socket, EPOLLIN | room, EPOLL_CTL_MOD);
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

bool keeper_client::read_messages(const listener& on_message) {
  // Some at a time, so that a flood of news cannot put off what is to be sent.
  for (int i = 0; i < 64; ++i) {
    keeper_wire::message message;
    iovec part{&message, sizeof message};
    ride space;
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = space.control;
    header.msg_controllen = sizeof space.control;
    const auto size = ::recvmsg(socket_.get(), &header,
                                MSG_DONTWAIT | MSG_TRUNC | MSG_CMSG_CLOEXEC);
    if (size < 0)
      return errno == EAGAIN || errno == EINTR;
    HIISI_CRASH_POINT("link.heard");
    sockets_ptr attached;
    if (const auto* rights = CMSG_FIRSTHDR(&header)) {
      std::vector<fd> all;
      const auto count = (rights->cmsg_len - CMSG_LEN(0)) / sizeof(int);
      for (size_t at = 0; at < count; ++at) {
        int number = -1;
        std::memcpy(&number, CMSG_DATA(rights) + at * sizeof number,
                    sizeof number);
        all.emplace_back(number);
      }
      attached = std::make_shared<const std::vector<fd>>(std::move(all));
    }
    if (static_cast<size_t>(size) != sizeof message)
      return false;
    if (message.what == keeper_wire::kind::slot
        && message.how_far >= keeper_wire::phase::ended)
      close_gate(message.id, on_message);
    on_message(message, std::move(attached));
  }
  return true;
}

void keeper_client::run(const listener& on_message,
                        const std::function<void()>& on_lost) {
  bool alive = true;
  while (alive) {
    {
      const std::lock_guard guard(mutex_);
      if (std::exchange(stopping_, false))
        return;
    }
    std::array<epoll_event, 64> events;
    const auto count = ::epoll_wait(epoll_.get(), events.data(),
                                    static_cast<int>(events.size()), -1);
    for (int i = 0; i < count && alive; ++i) {
      const auto about = events[static_cast<size_t>(i)].data.u64;
      const auto what = events[static_cast<size_t>(i)].events;
      uint64_t ignored = 0;
      if (about == about_wake) {
        (void)!::read(wake_.get(), &ignored, sizeof ignored);
      } else if (about != about_socket) {
        close_gate(static_cast<uint32_t>(about), on_message);
      } else {
        if ((what & EPOLLOUT) != 0) {
          const std::lock_guard guard(mutex_);
          flush();
        }
        if ((what & ~uint32_t{EPOLLOUT}) != 0)
          alive = read_messages(on_message);
      }
    }
  }
  {
    const std::lock_guard guard(mutex_);
    socket_.reset();
    backlog_.clear();
    gates_.clear();
  }
  on_lost();
}

} // namespace hiisi::os
