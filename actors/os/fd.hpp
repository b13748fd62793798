#pragma once

#include <utility>

#include <unistd.h>

namespace hiisi::os {

/// An owned file descriptor, closed at the end of its life. Errors of close(2)
/// are not seen here: who writes a file that matters closes it by hand, as
/// atomic_file does.
class fd {
public:
  fd() noexcept = default;
  explicit fd(int number) noexcept : number_(number) {}
  fd(fd&& other) noexcept : number_(other.release()) {}
  fd& operator=(fd&& other) noexcept {
    reset(other.release());
    return *this;
  }
  fd(const fd&) = delete;
  fd& operator=(const fd&) = delete;
  ~fd() { reset(); }

  /// The number, still owned; -1 where there is none.
  [[nodiscard]] int get() const noexcept { return number_; }

  /// Gives the descriptor up to the caller, who closes it.
  [[nodiscard]] int release() noexcept { return std::exchange(number_, -1); }

  /// Closes what is held and holds `number` from now on.
  void reset(int number = -1) noexcept {
    auto old = std::exchange(number_, number);
    // Never retried: on Linux the number is free again even after EINTR, and
    // another thread may have it by then.
    if (old >= 0 && old != number)
      ::close(old);
  }

  explicit operator bool() const noexcept { return number_ >= 0; }

private:
  int number_ = -1;
};

} // namespace hiisi::os
