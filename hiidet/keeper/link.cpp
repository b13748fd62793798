#include "hiidet/keeper/keeper.hpp"

#include <sys/file.h>
#include <sys/un.h>

namespace hiisi::keeper {
namespace {

/// Requests read before other events get their turn.
constexpr int requests_at_once = 64;
/// Requests of a connection that is being replaced that are still read.
constexpr int requests_of_old = 4096;

int listener = -1;
int connection = -1;
/// What the connection is watched for.
uint32_t interest = 0;
/// The last attempt to send met a full socket.
bool full = false;
bool greeted = false;
/// `slots_end` is still to be sent, once there is nothing else to tell.
bool listing = false;
/// The answer to a request that no slot stands for. No further request is
/// read until it is sent, so one is all there ever is to keep.
bool answer_due = false;
wire::message due_answer;

void answer(const wire::message& reply) {
  due_answer = reply;
  answer_due = true;
}

void disconnect() {
  if (connection < 0)
    return;
  shutdown(connection, SHUT_RDWR);
  unwatch(connection);
  drop_gated();
}

/// False when the socket is full or gone.
bool send_message(const wire::message& one) {
  full = send(connection, &one, sizeof one, MSG_DONTWAIT | MSG_NOSIGNAL) < 0;
  if (full && errno != EAGAIN && errno != ENOBUFS && errno != ENOMEM)
    disconnect();
  return !full;
}

/// The next that the daemon is to be told of the slot, if anything.
kind next_news(const slot& one) {
  const auto is = one.facts.how_far;
  if (is == phase::empty && one.facts.at != stage::none
      && (one.unlisted || one.told != phase::none))
    return kind::start_failed;
  if (one.unlisted)
    return kind::slot;
  if (one.told == phase::none)
    return kind::spawned;
  if (one.told < phase::running && is >= phase::running)
    return kind::started;
  if (one.told < phase::ended && is >= phase::ended)
    return kind::exited;
  return one.told < is && is == phase::empty ? kind::emptied : kind{};
}

/// Sends the next news of a slot; false when there is no room.
bool send_news(slot& one, bool& pending) {
  auto news = one.facts;
  news.what = next_news(one);
  pending = news.what != kind{};
  if (!pending)
    return true;
  if (!send_message(news))
    return false;
  one.told = news.what == kind::spawned   ? phase::gated
             : news.what == kind::started ? phase::running
                                          : news.how_far;
  one.unlisted = false;
  if (news.what == kind::start_failed)
    forget(one);
  return true;
}

/// Sends the next message that is due; false when there is none, or no room.
bool send_next() {
  if (answer_due) {
    answer_due = !send_message(due_answer);
    return !answer_due;
  }
  auto* next = static_cast<bool*>(memchr(has_news, 1, slots_end));
  if (greeted && next != nullptr)
    return send_news(slots[next - has_news], *next);
  if (!listing)
    return false;
  listing = !send_message({kind::slots_end});
  return !listing;
}

/// Reads one request and answers a refusal. False when there is none.
bool receive(uint32_t events) {
  wire::message request{};
  iovec part{&request, sizeof request};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  // Room for one descriptor: the kernel closes others and says so.
  header.msg_controllen = CMSG_LEN(sizeof(int));
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
  if (const auto* rights = CMSG_FIRSTHDR(&header))
    memcpy(&attached, CMSG_DATA(rights), sizeof attached);
  int error = EINVAL;
  if (size != sizeof request || (header.msg_flags & MSG_TRUNC) != 0)
    request = {};
  else if ((header.msg_flags & MSG_CTRUNC) != 0)
    error = attached < 0 ? EMFILE : EINVAL;
  else if ((attached >= 0) == (request.what == kind::spawn))
    error = greeted == (request.what != kind::hello) ? handle(request, attached)
                                                     : EBUSY;
  close(attached);
  if (error != 0) {
    wire::message reply{kind::refused, request.id, request.run};
    reply.value = static_cast<uint32_t>(request.what);
    reply.error = error;
    answer(reply);
  }
  return true;
}

} // namespace

const char* open_link() {
  sockaddr_un address{AF_UNIX, ""};
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
  if (listen(listener, 8) != 0 || !watch(listener, about_listener, EPOLLIN))
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
    dprintf(STDERR_FILENO,
            "<4>hiisi-keeper: refused a connection of user %u, "
            "who is not the daemon's\n",
            peer.uid);
    close(fd);
    return;
  }
  // What the daemon before this one has asked for still holds, but nobody is
  // there for the answers.
  for (int i = 0; i < requests_of_old && connection >= 0; ++i)
    if (!receive(EPOLLRDHUP))
      break;
  disconnect();
  greeted = listing = answer_due = full = false;
  connection = fd;
  interest = EPOLLIN | EPOLLRDHUP;
  if (!watch(connection, about_connection, interest))
    unwatch(connection);
}

void on_connection(uint32_t events) {
  for (int i = 0; i < requests_at_once && connection >= 0; ++i) {
    if (answer_due || !receive(events))
      break;
    flush();
  }
}

void flush() {
  full = false;
  while (connection >= 0 && send_next())
    continue;
  const uint32_t wanted
      = EPOLLRDHUP | (answer_due ? 0U : EPOLLIN) | (full ? EPOLLOUT : 0U);
  if (connection >= 0 && wanted != interest)
    watch(connection, about_connection, interest = wanted, EPOLL_CTL_MOD);
}

void greet(uint32_t flags) {
  wire::message welcome{kind::welcome};
  welcome.value = wire::version;
  welcome.pid = getpid();
  welcome.flags = flags;
  answer(welcome);
  greeted = listing = true;
  for (uint32_t i = 0; i < slots_end; ++i) {
    slots[i].unlisted = has_news[i] = ids[i] != 0;
  }
}

} // namespace hiisi::keeper
