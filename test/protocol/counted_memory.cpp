#include "test/protocol/counted_memory.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

#include <malloc.h>

namespace {

std::atomic<size_t> live{0};

} // namespace

size_t hiisi::test::live_bytes() noexcept {
  return live;
}

void* operator new(size_t size) {
  auto* block = std::malloc(size == 0 ? 1 : size);
  if (!block)
    throw std::bad_alloc{};
  live += malloc_usable_size(block);
  return block;
}

void operator delete(void* block) noexcept {
  if (block)
    live -= malloc_usable_size(block);
  std::free(block);
}

void operator delete(void* block, size_t) noexcept {
  operator delete(block);
}
