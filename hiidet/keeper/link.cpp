#include "hiidet/keeper/link.hpp"

#include "hiidet/keeper/processes.hpp"
#include "hiidet/keeper/setup.hpp"

#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace hiisi::keeper {
namespace {

/// Requests read before other events get their turn.
constexpr int requests_at_once = 64;

int listener = -1;
int connection = -1;
uint32_t interest = 0;
bool greeted = false;
bool answer_due = false;
bool welcome_due = false;
bool end_due = false;
wire::message due_answer;
wire::message due_welcome;
/// Slots whose `slot` is still to come before `slots_end`.
uint32_t listing = 0;
/// The slots with news, first in first out, as index + 1.
uint32_t first_listed = 0;
uint32_t last_listed = 0;

void enlist(slot& one) {
  if (one.listed)
    return;
  const auto link = index_of(one) + 1;
  one.listed = true;
  one.next_listed = 0;
  one.previous_listed = last_listed;
  (last_listed != 0 ? slot_at(last_listed - 1).next_listed : first_listed)
      = link;
  last_listed = link;
}

void unlist(slot& one) {
  if (!one.listed)
    return;
  one.listed = false;
  (one.previous_listed != 0 ? slot_at(one.previous_listed - 1).next_listed
                            : first_listed)
      = one.next_listed;
  (one.next_listed != 0 ? slot_at(one.next_listed - 1).previous_listed
                        : last_listed)
      = one.previous_listed;
}

void disconnect() {
  if (connection < 0)
    return;
  shutdown(connection, SHUT_RDWR);
  unwatch(connection);
  greeted = answer_due = welcome_due = end_due = false;
  listing = 0;
  while (first_listed != 0)
    unlist(slot_at(first_listed - 1));
  drop_gated();
}

/// False when the socket is full or gone.
bool send_message(const wire::message& one) {
  if (send(connection, &one, sizeof one, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
    return true;
  if (errno != EAGAIN && errno != ENOBUFS && errno != ENOMEM)
    disconnect();
  return false;
}

/// Sends the first news of the first slot on the list.
bool send_news() {
  static constexpr wire::kind kinds[]
      = {wire::kind::slot,   wire::kind::spawned, wire::kind::started,
         wire::kind::exited, wire::kind::emptied, wire::kind::start_failed};
  auto& one = slot_at(first_listed - 1);
  const auto bit = std::countr_zero(one.unsent);
  auto message = one.facts;
  message.what = kinds[bit];
  if (!send_message(message))
    return false;
  one.unsent = static_cast<uint8_t>(one.unsent & ~(1U << bit));
  if ((1U << bit) == news_slot)
    --listing;
  if ((1U << bit) == news_failed)
    forget(one);
  else if (one.unsent == 0)
    unlist(one);
  return true;
}

/// Reads one request and answers a refusal. False when there is none.
bool receive(uint32_t events) {
  wire::message request{};
  iovec part{&request, sizeof request};
  alignas(cmsghdr) char control[CMSG_SPACE(2 * sizeof(int))];
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  const auto size
      = recvmsg(connection, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (size < 0 && (errno == EAGAIN || errno == EINTR))
    return false;
  // A packet of no bytes looks like the end, but for the hang-up beside it.
  if (size < 0 || (size == 0 && (events & (EPOLLRDHUP | EPOLLHUP)) != 0)) {
    disconnect();
    return false;
  }
  int attached = -1;
  int count = 0;
  for (auto* c = CMSG_FIRSTHDR(&header); c != nullptr;
       c = CMSG_NXTHDR(&header, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
      continue;
    const auto bytes = c->cmsg_len - CMSG_LEN(0);
    for (size_t at = 0; at + sizeof(int) <= bytes; at += sizeof(int)) {
      int fd = -1;
      memcpy(&fd, CMSG_DATA(c) + at, sizeof fd);
      if (++count == 1)
        attached = fd;
      else
        close(fd);
    }
  }
  int error = EINVAL;
  if (size != sizeof request || (header.msg_flags & MSG_TRUNC) != 0)
    request = {};
  else if ((header.msg_flags & MSG_CTRUNC) != 0)
    error = count == 0 ? EMFILE : EINVAL;
  else if (count == (request.what == wire::kind::spawn ? 1 : 0))
    error = greeted == (request.what != wire::kind::hello)
                ? handle(request, attached)
                : EBUSY;
  if (attached >= 0)
    close(attached);
  if (error != 0) {
    wire::message reply{};
    reply.what = wire::kind::refused;
    reply.id = request.id;
    reply.run = request.run;
    reply.value = static_cast<uint32_t>(request.what);
    reply.error = error;
    answer(reply);
  }
  return true;
}

} // namespace

const char* open_link() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  char lock_path[sizeof address.sun_path + 8];
  if (given.socket[0] != '/'
      || strlen(given.socket) >= sizeof address.sun_path) {
    errno = EINVAL;
    return "--socket needs an absolute path of at most 107 bytes";
  }
  strcpy(address.sun_path, given.socket);
  snprintf(lock_path, sizeof lock_path, "%s.lock", given.socket);
  const int lock
      = open(lock_path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (lock < 0)
    return "opening the lock file beside the socket";
  if (flock(lock, LOCK_EX | LOCK_NB) != 0)
    return "another keeper holds this socket";
  struct stat old {};
  if (lstat(given.socket, &old) == 0) {
    if (!S_ISSOCK(old.st_mode)) {
      errno = EEXIST;
      return "what lies at the socket's path is no socket";
    }
    unlink(given.socket);
  }
  listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listener < 0)
    return "making the socket";
  const auto mask = umask(0177);
  const auto bound
      = bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address);
  umask(mask);
  if (bound != 0)
    return "binding the socket";
  if (given.root && given.daemon_uid != 0
      && lchown(given.socket, given.daemon_uid, static_cast<gid_t>(-1)) != 0)
    return "giving the socket to the daemon's user";
  if (listen(listener, 8) != 0 || !watch(listener, source::listener, EPOLLIN))
    return "listening on the socket";
  return nullptr;
}

void close_link() {
  unlink(given.socket);
}

bool connected() {
  return connection >= 0;
}

void on_listener() {
  int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0)
    return;
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0
      || (peer.uid != 0 && peer.uid != geteuid()
          && peer.uid != given.daemon_uid)) {
    log_line(4, "refused a connection of a user who is not the daemon's");
    close(fd);
    return;
  }
  // What the daemon before this one has asked for still holds.
  while (connection >= 0 && !answer_due && receive(EPOLLRDHUP))
    flush();
  disconnect();
  interest = EPOLLIN | EPOLLRDHUP;
  if (watch(fd, source::connection, interest))
    connection = fd;
  else
    close(fd);
}

void on_connection(uint32_t events) {
  for (int i = 0; i < requests_at_once && connection >= 0 && !answer_due; ++i) {
    if (!receive(events))
      break;
    flush();
  }
}

void flush() {
  const auto send_due = [](bool& due, const wire::message& message) {
    if (!send_message(message))
      return false;
    due = false;
    return true;
  };
  const auto send_next = [&send_due] {
    if (answer_due)
      return send_due(answer_due, due_answer);
    if (welcome_due)
      return send_due(welcome_due, due_welcome);
    if (end_due && listing == 0)
      return send_due(end_due, {.what = wire::kind::slots_end});
    return first_listed != 0 && send_news();
  };
  while (connection >= 0 && send_next())
    ;
  if (connection < 0)
    return;
  const bool waiting
      = answer_due || welcome_due || end_due || first_listed != 0;
  const uint32_t wanted
      = EPOLLRDHUP | (answer_due ? 0U : EPOLLIN) | (waiting ? EPOLLOUT : 0U);
  if (wanted == interest)
    return;
  interest = wanted;
  epoll_event change{};
  change.events = wanted;
  change.data.u64 = static_cast<uint64_t>(source::connection) << 32;
  epoll_ctl(given.epoll, EPOLL_CTL_MOD, connection, &change);
}

void tell(slot& one, news what) {
  // A `slot` that is still to be sent says it all; so does an `exited`.
  if ((one.unsent & news_slot) != 0 && what != news_failed)
    return;
  if (what == news_emptied && (one.unsent & news_exited) != 0)
    return;
  one.unsent = static_cast<uint8_t>(one.unsent | what);
  if (greeted)
    enlist(one);
}

void withdraw(slot& one) {
  if (one.listed && (one.unsent & news_slot) != 0)
    --listing;
  unlist(one);
}

void answer(const wire::message& reply) {
  due_answer = reply;
  answer_due = true;
}

void greet(uint32_t flags) {
  greeted = welcome_due = end_due = true;
  due_welcome = {};
  due_welcome.what = wire::kind::welcome;
  due_welcome.value = wire::version;
  due_welcome.pid = getpid();
  due_welcome.flags = flags;
  for (uint32_t i = 0; i < slots_touched(); ++i) {
    auto& one = slot_at(i);
    if (one.facts.how_far == wire::phase::none)
      continue;
    if ((one.unsent & news_failed) == 0) {
      one.unsent = news_slot;
      ++listing;
    }
    enlist(one);
  }
}

} // namespace hiisi::keeper
