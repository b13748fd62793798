// libFuzzer target for the launch block, the one thing that users' bytes are
// in and that is read with root's privileges, by the keeper's forked child. The
// input is the block; nothing is executed. What is taken must lie in the block
// and end there.
#include "hiidet/keeper/keeper.hpp"

#include <csetjmp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>

#include <grp.h>
#include <sys/mman.h>
#include <sys/prctl.h>

namespace {

std::jmp_buf ended;
void* mapping = nullptr;
size_t mapped_bytes = 0;

/// What ends the child ends the input.
[[noreturn]] void leave(int) {
  std::longjmp(ended, 1);
}

void* remember(void* at, size_t size, int protection, int flags, int fd,
               off_t offset) {
  mapping = ::mmap(at, size, protection, flags, fd, offset);
  mapped_bytes = size;
  return mapping;
}

void require(bool condition) {
  if (!condition)
    std::abort();
}

} // namespace

// The child's functions are in an anonymous namespace, where they shall stay.
#define _exit leave
#define mmap remember
#include "hiidet/keeper/child.cpp" // NOLINT
#undef mmap
#undef _exit

namespace hiisi::keeper {

// What tree.cpp would do.
bool write_text(const char*, const char*) {
  return false;
}
char* leaf_path(const wire::message&, const char*) {
  static char path[] = "";
  return path;
}

namespace {

void require_inside(const char* text) {
  const auto* begin = static_cast<const char*>(mapping);
  require(text >= begin && text < begin + mapped_bytes);
  require(memchr(text, 0, mapped_bytes - static_cast<size_t>(text - begin))
          != nullptr);
}

void read_block(const wire::message& facts, int held) {
  const auto& head = read_header(facts);
  const auto* limits = reinterpret_cast<const wire::launch_limit*>(&head + 1);
  const auto* groups
      = reinterpret_cast<const gid_t*>(limits + head.limit_count);
  require_inside(reinterpret_cast<const char*>(groups + head.group_count));
  for (int i = 0; i < 4; ++i)
    require_inside(string());
  read_command(head, facts, held);
  uint32_t count = 0;
  for (auto** word = words; *word != nullptr; ++word, ++count)
    require_inside(*word);
  require(count == head.argc);
  // What the child adds comes first.
  const uint32_t added = held > 0 ? 4 : 2;
  for (count = 0; count < head.envc; ++count)
    require_inside(environ[added + count]);
  for (int i = 0; i < 3 && next < end; ++i)
    require_inside(string());
}

} // namespace
} // namespace hiisi::keeper

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace wire = hiisi::keeper_wire;
  using namespace hiisi::keeper;
  // Others are refused by the child, or by mmap, before they are read.
  if (size < sizeof(wire::launch_header) || size > wire::max_launch_bytes)
    return 0;
  const int file = ::memfd_create("block", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  require(::write(file, data, size) == static_cast<ssize_t>(size));
  require(::fcntl(file, F_ADD_SEALS,
                  F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL)
          == 0);
  require(::dup2(file, child_block) == child_block);
  ::close(file);
  wire::message facts{};
  facts.id = 7;
  // The block is for the user of the message, which is somebody all the same.
  memcpy(&facts.uid, data + offsetof(wire::launch_header, uid),
         sizeof facts.uid);
  // As it is in a child that was just forked. A word takes a byte at least.
  std::fill(words, words + std::min(std::size(words), size + 16), nullptr);
  auto* const before = environ;
  if (setjmp(ended) == 0)
    read_block(facts, static_cast<int>(size % 2));
  environ = before;
  if (mapping != nullptr && mapping != MAP_FAILED)
    ::munmap(mapping, mapped_bytes);
  mapping = nullptr;
  return 0;
}
