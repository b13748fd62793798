#pragma once

/// HIISI_CRASH_POINT("what.done") stands behind a step that changes the world:
/// there a test may have the program die as by SIGKILL, in the midst of what it
/// does. Only builds with the CMake option HIISI_FAULT have anything of it.
///
/// HIISI_CRASH_AT=NAME[:N] in a program's environment chooses the N-th pass
/// (the first without N) of the point of that name. It dies only after having
/// made the file $HIISI_CRASH_MARK, which must not exist: so whoever is started
/// again in its place, with the same environment, lives on, and the file says
/// that the point was reached. Takes no memory and no lock.

#ifndef HIISI_FAULT
#define HIISI_CRASH_POINT(name) static_cast<void>(0)
#else

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include <fcntl.h>

#define HIISI_CRASH_POINT(name) hiisi::fault::pass(name)

namespace hiisi::fault {

struct choice {
  std::string_view name;
  const char* mark = nullptr;
  std::atomic<long> passes_left{0};

  choice() noexcept {
    const char* chosen = std::getenv("HIISI_CRASH_AT");
    mark = std::getenv("HIISI_CRASH_MARK");
    if (chosen == nullptr || mark == nullptr)
      return;
    const char* colon = std::strchr(chosen, ':');
    name = colon == nullptr
               ? std::string_view{chosen}
               : std::string_view{chosen, static_cast<size_t>(colon - chosen)};
    passes_left = colon == nullptr ? 1 : std::atol(colon + 1);
  }
};

/// Read at once at the start, when there is one thread.
inline choice chosen;

inline void pass(std::string_view name) noexcept {
  if (name != chosen.name || chosen.passes_left.fetch_sub(1) != 1)
    return;
  constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
  if (::open(chosen.mark, flags, 0600) >= 0)
    std::raise(SIGKILL);
}

} // namespace hiisi::fault

#endif
