#include "actors/os/sock_diag.hpp"

#include "actors/os/fd.hpp"
#include "actors/os/sys_error.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <span>

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

namespace hiisi::os {

using protocol::errc;
using protocol::error;
using protocol::make_error;
using protocol::result;

namespace {

constexpr size_t largest_room = size_t{4} * 1024 * 1024;
/// How often a dump that the kernel could not finish in one go is repeated.
constexpr int attempts = 5;

/// One of the four tables to ask for.
struct table {
  uint8_t family;
  uint8_t protocol;
};

constexpr std::array<table, 4> tables{{
    {AF_INET, IPPROTO_TCP},
    {AF_INET6, IPPROTO_TCP},
    {AF_INET, IPPROTO_UDP},
    {AF_INET6, IPPROTO_UDP},
}};

enum class progress { more, done, repeat };

/// Reads a value out of bytes that need not be aligned for it.
template <class T>
T value_at(std::span<const char> bytes, size_t offset = 0) noexcept {
  T value{};
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

/// A conversation with the kernel.
class dump {
public:
  explicit dump(size_t room) : room_(std::max(room, sizeof(nlmsghdr))) {}

  /// Adds the sockets of a table to those found.
  result<void> run(table which);

  [[nodiscard]] std::vector<listener>&& found() && noexcept {
    return std::move(found_);
  }

private:
  result<void> open();
  result<void> ask(table which);
  result<progress> receive(table which);
  result<progress> read_batch(std::span<const char> batch, table which);
  void read_socket(std::span<const char> body, table which);

  fd socket_;
  uint32_t sequence_ = 0;
  std::vector<char> room_;
  std::vector<listener> found_;
};

error failed(int number, std::string_view stage) {
  return sys_error(errc::unavailable, number, stage);
}

result<void> dump::open() {
  socket_.reset(
      ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (!socket_)
    return failed(errno, "make a netlink socket");
  // The kernel answers at once; this only makes sure that nothing hangs.
  timeval patience{2, 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience,
               sizeof patience);
  return {};
}

result<void> dump::ask(table which) {
  struct {
    nlmsghdr header;
    inet_diag_req_v2 request;
  } message{};
  message.header.nlmsg_len = sizeof message;
  message.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  message.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  message.header.nlmsg_seq = ++sequence_;
  message.request.sdiag_family = which.family;
  message.request.sdiag_protocol = which.protocol;
  // UDP has no listening state; what is bound is "closed" or "established".
  message.request.idiag_states
      = which.protocol == IPPROTO_TCP ? 1u << TCP_LISTEN : ~0u;
  while (::send(socket_.get(), &message, sizeof message, 0) < 0) {
    if (errno != EINTR)
      return failed(errno, "ask the kernel for sockets");
  }
  return {};
}

result<progress> dump::receive(table which) {
  // MSG_TRUNC makes recv return the true length, also of what did not fit.
  auto got = ::recv(socket_.get(), room_.data(), room_.size(), MSG_TRUNC);
  if (got < 0) {
    if (errno == EINTR)
      return progress::more;
    // The kernel ran out of room for us and has dropped a part.
    if (errno == ENOBUFS)
      return progress::repeat;
    return failed(errno, "read the kernel's list of sockets");
  }
  auto size = static_cast<size_t>(got);
  if (size > room_.size()) {
    if (size > largest_room)
      return make_error(errc::unavailable,
                        "the kernel's list of sockets comes in pieces of "
                            + std::to_string(size) + " bytes");
    room_.resize(size);
    return progress::repeat;
  }
  return read_batch(std::span<const char>(room_).first(size), which);
}

result<progress> dump::read_batch(std::span<const char> batch, table which) {
  while (batch.size() >= sizeof(nlmsghdr)) {
    auto header = value_at<nlmsghdr>(batch);
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > batch.size())
      return make_error(errc::unavailable,
                        "the kernel's list of sockets is malformed");
    auto body = batch.subspan(sizeof header, header.nlmsg_len - sizeof header);
    batch = batch.subspan(
        std::min<size_t>(NLMSG_ALIGN(header.nlmsg_len), batch.size()));
    // What is left of an earlier, given-up dump.
    if (header.nlmsg_seq != sequence_)
      continue;
    // The table changed while it was read, so entries may be missing.
    if ((header.nlmsg_flags & NLM_F_DUMP_INTR) != 0)
      return progress::repeat;
    switch (header.nlmsg_type) {
    case NLMSG_DONE: {
      auto number = body.size() >= sizeof(int) ? value_at<int>(body) : 0;
      if (number < 0)
        return failed(-number, "list sockets");
      return progress::done;
    }
    case NLMSG_ERROR: {
      auto number = body.size() >= sizeof(int) ? -value_at<int>(body) : EPROTO;
      // A kernel without the module for a family has no such sockets.
      if (number == ENOENT)
        return progress::done;
      return failed(number, "list sockets");
    }
    case NLMSG_OVERRUN:
      return progress::repeat;
    case SOCK_DIAG_BY_FAMILY:
      read_socket(body, which);
      break;
    default:
      break;
    }
  }
  return progress::more;
}

void dump::read_socket(std::span<const char> body, table which) {
  if (body.size() < sizeof(inet_diag_msg))
    return;
  auto message = value_at<inet_diag_msg>(body);
  listener found;
  found.port = ntohs(message.id.idiag_sport);
  found.udp = which.protocol == IPPROTO_UDP;
  found.v6 = which.family == AF_INET6;
  found.connected = found.udp && message.idiag_state == TCP_ESTABLISHED;
  found.uid = message.idiag_uid;
  found.inode = message.idiag_inode;
  // Port 0: a UDP socket that is not bound.
  if (found.port == 0)
    return;
  auto rest = body.subspan(
      std::min<size_t>(NLMSG_ALIGN(sizeof message), body.size()));
  while (rest.size() >= sizeof(nlattr)) {
    auto attribute = value_at<nlattr>(rest);
    if (attribute.nla_len < sizeof attribute || attribute.nla_len > rest.size())
      break;
    if ((attribute.nla_type & NLA_TYPE_MASK) == INET_DIAG_CGROUP_ID
        && attribute.nla_len >= NLA_HDRLEN + sizeof(uint64_t))
      found.cgroup_id = value_at<uint64_t>(rest, NLA_HDRLEN);
    rest = rest.subspan(
        std::min<size_t>(NLA_ALIGN(attribute.nla_len), rest.size()));
  }
  found_.push_back(found);
}

result<void> dump::run(table which) {
  const auto before = found_.size();
  for (int attempt = 0; attempt < attempts; ++attempt) {
    found_.resize(before);
    // Anew each time: the kernel refuses a second dump on a socket while a
    // first one, which had to be given up, is not read to its end.
    if (auto opened = open(); !opened)
      return opened;
    if (auto asked = ask(which); !asked)
      return asked;
    auto step = progress::more;
    while (step == progress::more) {
      auto received = receive(which);
      if (!received)
        return std::move(received).failure();
      step = *received;
    }
    if (step == progress::done)
      return {};
  }
  return make_error(errc::unavailable,
                    "the kernel's list of sockets changed too fast to be read",
                    "try again");
}

} // namespace

result<std::vector<listener>> list_listeners(size_t room) {
  dump all(room);
  for (auto which : tables) {
    if (auto done = all.run(which); !done)
      return std::move(done).failure();
  }
  return std::move(all).found();
}

} // namespace hiisi::os
