#include "actors/os/memory.hpp"

#include <malloc.h>

namespace hiisi::os {

void give_back_free_memory() noexcept {
#ifdef __GLIBC__
  ::malloc_trim(0);
#endif
}

} // namespace hiisi::os
