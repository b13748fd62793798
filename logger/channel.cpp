#include "logger/channel.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <sys/socket.h>
#include <unistd.h>

namespace hiisi::logger {

namespace {

constexpr size_t most = 2;

/// One byte with room for descriptors beside it.
struct packet {
  char byte = 'x';
  iovec data{&byte, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(most * sizeof(int))> beside{};
  msghdr header{};

  packet() {
    header.msg_iov = &data;
    header.msg_iovlen = 1;
    header.msg_control = beside.data();
    header.msg_controllen = beside.size();
  }
};

template <class Call>
ssize_t again(Call call) {
  ssize_t done = 0;
  do
    done = call();
  while (done < 0 && errno == EINTR);
  return done;
}

} // namespace

bool hand_over(int channel, const outputs& what) {
  packet out;
  const std::array fds{what.standard_output.get(), what.standard_error.get()};
  const auto count = what.standard_error ? most : 1;
  out.header.msg_controllen = CMSG_SPACE(count * sizeof(int));
  auto* beside = CMSG_FIRSTHDR(&out.header);
  beside->cmsg_level = SOL_SOCKET;
  beside->cmsg_type = SCM_RIGHTS;
  beside->cmsg_len = CMSG_LEN(count * sizeof(int));
  std::memcpy(CMSG_DATA(beside), fds.data(), count * sizeof(int));
  char taken = 0;
  return again([&] { return ::sendmsg(channel, &out.header, MSG_NOSIGNAL); })
             == 1
         && again([&] { return ::read(channel, &taken, 1); }) == 1;
}

std::optional<outputs> take_over(int channel) {
  packet in;
  if (again([&] { return ::recvmsg(channel, &in.header, MSG_CMSG_CLOEXEC); })
      != 1)
    return std::nullopt;
  const auto* beside = CMSG_FIRSTHDR(&in.header);
  if (beside == nullptr || beside->cmsg_type != SCM_RIGHTS)
    return std::nullopt;
  std::array fds{-1, -1};
  const auto size = beside->cmsg_len - CMSG_LEN(0);
  std::memcpy(fds.data(), CMSG_DATA(beside), std::min(size, sizeof fds));
  outputs got{logs::descriptor{fds[0]}, logs::descriptor{fds[1]}};
  if (!got.standard_output
      || again([&] { return ::send(channel, "t", 1, MSG_NOSIGNAL); }) != 1)
    return std::nullopt;
  return got;
}

} // namespace hiisi::logger
