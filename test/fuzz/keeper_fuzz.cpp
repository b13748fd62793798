// libFuzzer target for what hiidet can say to the keeper: the input is a row of
// packets, with descriptors of several kinds, and of events in between. No
// process is made, and none is signalled. Whatever comes, answers are whole and
// of a known kind, slots and their index agree, and no descriptor stays open.
#include "hiidet/keeper/keeper.hpp"

#include <cstdint>
#include <cstdlib>

#include <linux/sched.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>

namespace {

int32_t next_pid = 100;

/// In the place of clone3: a process that there is not. Every eighth fails.
long pretend(long, ...) {
  if (++next_pid % 8 == 0) {
    errno = EAGAIN;
    return -1;
  }
  return next_pid;
}

void require(bool condition) {
  if (!condition)
    std::abort();
}

} // namespace

// What is tested is in anonymous namespaces, where it shall stay.
#define syscall pretend
#include "hiidet/keeper/link.cpp"      // NOLINT
#include "hiidet/keeper/processes.cpp" // NOLINT
#undef syscall

// -- what main.cpp, child.cpp and tree.cpp would do ---------------------------

namespace hiisi::keeper {

bool watch(int fd, uint32_t about, uint32_t events) {
  epoll_event wanted{events, {}};
  wanted.data.u32 = about;
  return epoll_ctl(given.epoll, EPOLL_CTL_ADD, fd, &wanted) == 0;
}

void unwatch(int& fd) {
  epoll_ctl(given.epoll, EPOLL_CTL_DEL, fd, nullptr);
  close(fd);
  fd = -1;
}

void run_child(int, int, const wire::message&) {
  std::abort();
}

int open_leaf(const slot&) {
  return -1;
}
void remove_leaf(const slot&) {}
int watch_leaf(const slot&) {
  return -1;
}

void scan(const slot*) {
  for (auto* one = slots; one < slots + slots_end; ++one)
    if (one->facts.how_far == phase::ended && one->fd < 0)
      enter(*one, phase::empty);
}

void signal_tree(const slot& one) {
  require(one.facts.id != 0 && one.facts.how_far != phase::empty);
  require(one.facts.signal > 0 && one.facts.signal <= 64);
}

namespace {

/// The input, taken apart; what is left out at its end is zero.
class reader {
public:
  reader(const uint8_t* data, size_t size) : next_(data), end_(data + size) {}

  [[nodiscard]] bool empty() const { return next_ == end_; }
  uint8_t byte() { return empty() ? uint8_t{0} : *next_++; }
  void take(void* to, size_t size) {
    const auto there = std::min(size, static_cast<size_t>(end_ - next_));
    memcpy(to, next_, there);
    next_ += there;
  }

private:
  const uint8_t* next_;
  const uint8_t* end_;
};

int block_of(size_t size, bool sealed) {
  const int file = memfd_create("block", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  require(ftruncate(file, static_cast<off_t>(size)) == 0);
  if (sealed)
    fcntl(file, F_ADD_SEALS,
          F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
  return file;
}

int descriptor_of(uint8_t which) {
  switch (which % 5) {
  case 0:
    return block_of(sizeof(wire::launch_header) + 1, true);
  case 1:
    return block_of(sizeof(wire::launch_header) - 1, true);
  case 2:
    return block_of(4096, false);
  case 3:
    return open("/dev/null", O_RDONLY | O_CLOEXEC);
  default:
    return eventfd(0, EFD_CLOEXEC);
  }
}

/// One packet of up to 160 bytes, where a message has 112, with up to 15
/// descriptors, where the keeper has room for 8.
void send_packet(int to, reader& in, uint8_t head) {
  const size_t count = head & 15;
  const size_t size = std::min<size_t>(in.byte(), 160);
  uint8_t bytes[160]{};
  in.take(bytes, size);
  int fds[15]{};
  for (size_t i = 0; i < count; ++i)
    fds[i] = descriptor_of(in.byte());
  iovec part{bytes, size};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof fds)]{};
  auto* rights = reinterpret_cast<cmsghdr*>(control);
  *rights = {CMSG_LEN(count * sizeof *fds), SOL_SOCKET, SCM_RIGHTS};
  memcpy(CMSG_DATA(rights), fds, count * sizeof *fds);
  const msghdr header{
      nullptr, 0, &part, 1, control, count == 0 ? 0 : CMSG_SPACE(count * 4), 0};
  sendmsg(to, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
  for (size_t i = 0; i < count; ++i)
    close(fds[i]);
}

void read_answers(int from) {
  for (;;) {
    wire::message got{};
    iovec part{&got, sizeof got};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * wire::max_held)];
    msghdr header{nullptr, 0, &part, 1, control, sizeof control, 0};
    const auto size = recvmsg(from, &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (size <= 0)
      return;
    require(size == sizeof got && (header.msg_flags & MSG_CTRUNC) == 0);
    require(got.what >= kind::welcome && got.what <= kind::refused);
    require(got.what != kind::refused || got.error > 0);
    require(got.what != kind::slot || got.id != 0);
    if (const auto* rights = CMSG_FIRSTHDR(&header)) {
      const auto count = (rights->cmsg_len - CMSG_LEN(0)) / sizeof(int);
      require(got.what == kind::held && count <= wire::max_held);
      int fds[wire::max_held];
      memcpy(fds, CMSG_DATA(rights), count * sizeof *fds);
      std::for_each(fds, fds + count, [](int fd) { close(fd); });
    }
  }
}

void require_sound() {
  for (uint32_t i = 0; i < slots_end; ++i)
    require(ids[i] == slots[i].facts.id && (ids[i] != 0 || !has_news[i]));
  for (const auto& one : shelves)
    require(one.count <= wire::max_held && (one.id != 0 || one.count == 0));
}

/// Back to how a keeper begins.
void forget_all() {
  for (uint32_t i = 0; i < slots_end; ++i)
    if (ids[i] != 0)
      forget(slots[i]);
  std::fill(pids, pids + slots_end, 0);
  std::fill(births, births + slots_end, 0);
  for (auto& one : shelves) {
    for (uint32_t i = 0; i < one.count; ++i)
      close(one.fds[i]);
    one = {};
  }
  slots_end = 0;
  greeted = false;
  telling = 0;
  answer = {};
  to_scan = false;
  next_pid = 100;
}

/// How many descriptors are open, of those that there may be.
int open_descriptors() {
  int count = 0;
  for (int fd = 0; fd < 512; ++fd)
    count += fcntl(fd, F_GETFD) >= 0;
  return count;
}

void run(reader in) {
  int ends[2];
  require(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
                     ends)
          == 0);
  connection = ends[0];
  watch(connection, about_connection, EPOLLIN);
  while (!in.empty() && connection >= 0) {
    const auto head = in.byte();
    if (head < 0xe0)
      send_packet(ends[1], in, head);
    else if (head < 0xf0)
      on_slot(slots[in.byte()]);
    else if (head < 0xf8)
      scan(nullptr);
    else if (auto* one = find(ids, uint32_t{in.byte()});
             one != nullptr && one->facts.how_far == phase::running)
      first_ended(*one, in.byte(), {});
    while (serve())
      continue;
    read_answers(ends[1]);
    require_sound();
  }
  if (connection >= 0)
    unwatch(connection);
  close(ends[1]);
  forget_all();
}

} // namespace
} // namespace hiisi::keeper

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hiisi::keeper;
  if (given.epoll < 0)
    given.epoll = epoll_create1(EPOLL_CLOEXEC);
  const int before = open_descriptors();
  run({data, size});
  require(open_descriptors() == before);
  return 0;
}
