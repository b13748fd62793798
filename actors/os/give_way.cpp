#include "actors/os/give_way.hpp"

#include <tuple>

#include <sched.h>

namespace hiisi::os {

void give_way() noexcept {
  const sched_param none{};
  std::ignore = ::sched_setscheduler(0, SCHED_BATCH, &none);
}

} // namespace hiisi::os
