#include "hiidet/keeper/keeper.hpp"

#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace hiisi::keeper {
namespace {

/// Requests read before other events get their turn.
constexpr int requests_at_once = 64;
/// Requests of a connection that is being replaced that are still read.
constexpr int requests_of_old = 4096;

int listener = -1;
int connection = -1;
uint32_t interest = 0;
bool greeted = false;
bool answer_due = false;
bool end_due = false;
wire::message due_answer;
/// Slots whose `slot` is still to come before `slots_end`.
uint32_t listing = 0;
/// The slots with news, as a set of bits; how many; where to look next.
uint64_t listed[wire::max_slots / 64];
uint32_t listed_count = 0;
uint32_t cursor = 0;

void set_listed(const slot& one, bool wanted) {
  auto& word = listed[index_of(one) / 64];
  const auto bit = uint64_t{1} << index_of(one) % 64;
  if (((word & bit) != 0) == wanted)
    return;
  word ^= bit;
  listed_count += wanted ? 1U : ~0U;
}

void disconnect() {
  if (connection < 0)
    return;
  shutdown(connection, SHUT_RDWR);
  unwatch(connection);
  greeted = answer_due = end_due = false;
  listing = listed_count = 0;
  memset(listed, 0, sizeof listed);
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

/// Sends the first news of the next slot that has some.
bool send_news() {
  static constexpr wire::kind kinds[]
      = {wire::kind::slot,   wire::kind::spawned, wire::kind::started,
         wire::kind::exited, wire::kind::emptied, wire::kind::start_failed};
  while (listed[cursor] == 0)
    cursor = (cursor + 1) % (wire::max_slots / 64);
  auto& one = slot_at(
      cursor * 64 + static_cast<uint32_t>(std::countr_zero(listed[cursor])));
  const auto bit = std::countr_zero(one.unsent);
  auto message = one.facts;
  message.what = kinds[bit];
  if (!send_message(message))
    return false;
  one.unsent = static_cast<uint8_t>(one.unsent & (one.unsent - 1));
  listing -= bit == 0 ? 1 : 0;
  set_listed(one, one.unsent != 0);
  cursor = (cursor + 1) % (wire::max_slots / 64);
  if ((1 << bit) == news_failed)
    forget(one);
  return true;
}

/// Sends the next message that is due; false when there is none, or no room.
bool send_next() {
  if (answer_due || (end_due && listing == 0)) {
    auto& due = answer_due ? answer_due : end_due;
    if (!send_message(answer_due ? due_answer
                                 : wire::message{wire::kind::slots_end}))
      return false;
    due = false;
    return true;
  }
  return listed_count > 0 && send_news();
}

/// Closes all descriptors that came along but the first, which is returned;
/// `count` is how many came.
int take_attached(msghdr& header, int& count) {
  int first = -1;
  count = 0;
  for (auto* c = CMSG_FIRSTHDR(&header); c != nullptr;
       c = CMSG_NXTHDR(&header, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
      continue;
    for (auto at = CMSG_LEN(0); at + sizeof(int) <= c->cmsg_len;
         at += sizeof(int)) {
      int fd = -1;
      memcpy(&fd, reinterpret_cast<char*>(c) + at, sizeof fd);
      if (++count == 1)
        first = fd;
      else
        close(fd);
    }
  }
  return first;
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
  int count = 0;
  const int attached = take_attached(header, count);
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
    wire::message reply{wire::kind::refused, request.id, request.run};
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
  struct stat old {};
  errno = EINVAL;
  if (given.socket[0] != '/' || strlen(given.socket) >= sizeof address.sun_path)
    return "--socket needs an absolute path of at most 107 bytes";
  strcpy(address.sun_path, given.socket);
  snprintf(lock_path, sizeof lock_path, "%s.lock", given.socket);
  const int lock
      = open(lock_path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (lock < 0)
    return "opening the lock file beside the socket";
  if (flock(lock, LOCK_EX | LOCK_NB) != 0)
    return "another keeper holds this socket";
  if (lstat(given.socket, &old) == 0) {
    errno = EEXIST;
    if (!S_ISSOCK(old.st_mode))
      return "what lies at the socket's path is no socket";
    unlink(given.socket);
  }
  listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const auto mask = umask(0177);
  const auto bound
      = bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address);
  umask(mask);
  if (bound != 0)
    return "making the socket";
  if (given.daemon_uid != geteuid()
      && lchown(given.socket, given.daemon_uid, static_cast<gid_t>(-1)) != 0)
    return "giving the socket to the daemon's user";
  if (listen(listener, 8) != 0 || !watch(listener, source::listener, EPOLLIN))
    return "listening on the socket";
  return nullptr;
}

bool connected() {
  return connection >= 0;
}

void on_listener() {
  int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  ucred peer{};
  socklen_t size = sizeof peer;
  if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
    return;
  if (peer.uid != 0 && peer.uid != geteuid() && peer.uid != given.daemon_uid) {
    log_line(4, "refused a connection of a user who is not the daemon's");
    close(fd);
    return;
  }
  // What the daemon before this one has asked for still holds, but nobody is
  // there for the answers.
  for (int i = 0; i < requests_of_old && connection >= 0; ++i) {
    if (!receive(EPOLLRDHUP))
      break;
    answer_due = false;
  }
  disconnect();
  connection = fd;
  interest = EPOLLIN | EPOLLRDHUP;
  if (!watch(connection, source::connection, interest))
    unwatch(connection);
}

void on_connection(uint32_t events) {
  for (int i = 0; i < requests_at_once && connection >= 0 && !answer_due; ++i) {
    if (!receive(events))
      break;
    flush();
  }
}

void flush() {
  while (connection >= 0 && send_next())
    continue;
  const bool waiting = answer_due || end_due || listed_count > 0;
  const uint32_t wanted
      = EPOLLRDHUP | (answer_due ? 0U : EPOLLIN) | (waiting ? EPOLLOUT : 0U);
  if (connection >= 0 && wanted != interest)
    watch(connection, source::connection, interest = wanted, 0, EPOLL_CTL_MOD);
}

void tell(slot& one, news what) {
  // A `slot` that is still to be sent says it all; so does an `exited`.
  if (((one.unsent & news_slot) != 0 && what != news_failed)
      || (what == news_emptied && (one.unsent & news_exited) != 0))
    return;
  one.unsent = static_cast<uint8_t>(one.unsent | what);
  if (greeted)
    set_listed(one, true);
}

void withdraw(slot& one) {
  listing -= greeted ? one.unsent & news_slot : 0;
  set_listed(one, false);
}

void answer(const wire::message& reply) {
  due_answer = reply;
  answer_due = true;
}

void greet(uint32_t flags) {
  wire::message welcome{wire::kind::welcome};
  welcome.value = wire::version;
  welcome.pid = getpid();
  welcome.flags = flags;
  answer(welcome);
  greeted = end_due = true;
  for (uint32_t i = 0; i < slots_touched(); ++i) {
    auto& one = slot_at(i);
    if (one.facts.how_far == wire::phase::none)
      continue;
    // What has failed since is told as that.
    one.unsent = (one.unsent & news_failed) != 0 ? news_failed : news_slot;
    listing += one.unsent & news_slot;
    set_listed(one, true);
  }
}

} // namespace hiisi::keeper
