#include "actors/os/acceptor.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/socket.h>

namespace hiisi::os {

namespace {

using outcome = accept_result::outcome;

/// How much of an answer the kernel is to take at once, as far as the host lets
/// it (bytes): each piece of a long one costs two threads waking up.
constexpr int answer_room = 1024 * 1024;

/// The descriptor, or -1 with errno set.
int accept_now(int listener) noexcept {
  for (;;) {
    auto taken
        = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (taken >= 0 || errno != EINTR)
      return taken;
  }
}

outcome outcome_of(int number) noexcept {
  switch (number) {
  case EMFILE:
  case ENFILE:
  case ENOBUFS:
  case ENOMEM:
    return outcome::exhausted;
  case EBADF:
  case EINVAL:
  case ENOTSOCK:
  case EOPNOTSUPP:
  case EFAULT:
    return outcome::failed;
  default:
    // EAGAIN, and errors of the one connection such as ECONNABORTED, or
    // EPERM from a security module.
    return outcome::none;
  }
}

} // namespace

fd open_spare() noexcept {
  return fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

accept_result accept_one(int listener, fd& spare) noexcept {
  accept_result answer;
  answer.connection.reset(accept_now(listener));
  if (answer.connection) {
    answer.how = outcome::accepted;
    (void)::setsockopt(answer.connection.get(), SOL_SOCKET, SO_SNDBUF,
                       &answer_room, sizeof answer_room);
    if (!spare)
      spare = open_spare();
    return answer;
  }
  answer.error = errno;
  answer.how = outcome_of(answer.error);
  if ((answer.error == EMFILE || answer.error == ENFILE) && spare) {
    spare.reset();
    fd shed(accept_now(listener));
    // Some kernels look for a free descriptor before they look for a
    // connection: there may have been nobody to shed.
    auto nobody = !shed && (errno == EAGAIN || errno == ECONNABORTED);
    if (shed)
      answer.how = outcome::shed;
    else if (nobody)
      answer.how = outcome::none;
    shed.reset();
    spare = open_spare();
  }
  if (answer.how == outcome::none || answer.how == outcome::shed)
    answer.error = 0;
  return answer;
}

} // namespace hiisi::os
