#include "hiidet/keeper/keeper.hpp"

namespace hiisi::keeper {
namespace {

/// Requests take turns with what has happened to processes: of a thousand stops
/// the first are answered while the last are still to be signalled.
constexpr int requests_at_once = 64;

bool greeted = false;
/// Which of the shelves is to be told next; beyond the last, all has been.
uint32_t telling = 0;
/// The answer to a request that no slot stands for, or one of no kind. No
/// further request is read until it is sent, so one is all there ever is.
wire::message answer;

/// Sends a message with what a shelf holds. False when the socket is full or
/// gone.
bool send_message(const wire::message& one, const shelf& with = {}) {
  const auto size = with.count * sizeof *with.fds;
  iovec part{const_cast<wire::message*>(&one), sizeof one};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof with.fds)]{};
  auto* rights = reinterpret_cast<cmsghdr*>(control);
  *rights = {CMSG_LEN(size), SOL_SOCKET, SCM_RIGHTS};
  memcpy(CMSG_DATA(rights), with.fds, size);
  const msghdr header{
      nullptr, 0, &part, 1, control, size == 0 ? 0 : CMSG_SPACE(size), 0};
  const bool sent = sendmsg(connection, &header, MSG_NOSIGNAL) >= 0;
  HIISI_CRASH_POINT("keeper.told");
  if (!sent && errno != EAGAIN && errno != ENOBUFS && errno != ENOMEM)
    unwatch(connection);
  return sent;
}

/// Sends the next message that is due; false when there is none, or no room.
bool send_next() {
  wire::message due{kind::listed};
  if (answer.what != kind{}) {
    if (!send_message(answer))
      return false;
    answer = {};
  }
  auto* news = static_cast<bool*>(memchr(has_news, 1, slots_end));
  if (greeted && news != nullptr) {
    due = slots[news - has_news].facts;
    due.what = kind::slot;
    return !(*news = !send_message(due));
  }
  if (!greeted || telling > wire::max_holders)
    return false;
  const shelf with = telling < wire::max_holders ? shelves[telling] : shelf{};
  if (telling < wire::max_holders)
    due = {kind::held, with.id};
  const bool done
      = (due.what == kind::held && due.id == 0) || send_message(due, with);
  telling += done;
  return done;
}

/// Reads one request and answers a refusal. False when there is none.
bool receive() {
  wire::message request{};
  iovec part{&request, sizeof request};
  int attached[wire::max_held]{-1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof attached)];
  // The kernel closes descriptors that there is no room for, and says so.
  msghdr header{nullptr, 0, &part, 1, control, sizeof control, 0};
  const auto size = recvmsg(connection, &header, MSG_CMSG_CLOEXEC);
  if (size < 0 && (errno == EAGAIN || errno == EINTR))
    return errno == EINTR; // Nothing else would say that there is more.
  size_t count = 0;
  const auto* rights = size < 0 ? nullptr : CMSG_FIRSTHDR(&header);
  if (rights != nullptr) {
    count = (rights->cmsg_len - CMSG_LEN(0)) / sizeof *attached;
    memcpy(attached, CMSG_DATA(rights), count * sizeof *attached);
  }
  int error = (header.msg_flags & MSG_CTRUNC) != 0 ? EMFILE : EINVAL;
  if (size != sizeof request || (header.msg_flags & MSG_TRUNC) != 0)
    request = {};
  else if (greeted == (request.what == kind::hello))
    error = EBUSY;
  else if (error != EMFILE)
    error = handle(request, attached, count);
  HIISI_CRASH_POINT("keeper.obeyed");
  for (size_t i = 0; i < count; ++i)
    close(attached[i]);
  // Its end; the next one is not told what was wrong with it.
  if (size <= 0)
    unwatch(connection);
  if (error != 0) {
    request.value = static_cast<uint32_t>(request.what);
    request.what = kind::refused;
    request.error = error;
    answer = request;
  }
  return true;
}

} // namespace

void on_listener() {
  // Standard input is what we listen on.
  int fd = accept4(0, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  ucred peer{};
  socklen_t size = sizeof peer;
  getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size);
  if (peer.uid != 0 && peer.uid != geteuid() && peer.uid != given.daemon_uid) {
    dprintf(2, "<4>hiisi-keeper: user %u is not the daemon's\n", peer.uid);
    close(fd);
    return;
  }
  HIISI_CRASH_POINT("keeper.accepted");
  while (serve()) // What the daemon before this one has asked for still holds.
    continue;
  unwatch(connection);
  greeted = false;
  answer = {};
  connection = fd;
  if (!watch(connection, about_connection, EPOLLIN | EPOLLOUT | EPOLLET))
    unwatch(connection);
}

bool serve() {
  int left = requests_at_once;
  do
    while (connection >= 0 && send_next())
      continue;
  while (connection >= 0 && answer.what == kind{} && left-- > 0 && receive());
  return left < 0;
}

int greet(uint32_t version) {
  if (version != wire::version)
    return EPROTO;
  answer = {kind::welcome};
  answer.value = wire::version;
  answer.pid = getpid();
  answer.flags = given.cgroup != nullptr ? wire::flag_cgroups : 0;
  greeted = true;
  telling = 0;
  for (uint32_t i = 0; i < slots_end; ++i)
    has_news[i] = ids[i] != 0;
  return 0;
}

} // namespace hiisi::keeper
