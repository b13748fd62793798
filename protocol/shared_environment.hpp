#pragma once

#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace hiisi::protocol {

/// The environment of a process. Nearly all that one user starts have the same,
/// a few KiB each, so it is never changed and can be shared: copies do, and
/// what was read anew does once it has been told what to share.
class shared_environment {
public:
  using variables = std::map<std::string, std::string>;

  shared_environment() : shared_environment(variables{}) {}
  shared_environment(variables all)
      : all_(std::make_shared<const variables>(std::move(all))) {}
  shared_environment(std::initializer_list<variables::value_type> all)
      : shared_environment(variables{all}) {}

  [[nodiscard]] const variables& operator*() const noexcept { return *all_; }
  [[nodiscard]] const variables* operator->() const noexcept {
    return all_.get();
  }

  /// Holds what `other` holds, and no copy of it, where they are equal.
  void share_with(const shared_environment& other) {
    if (*this == other)
      all_ = other.all_;
  }
  /// The same with the one that came last, which it then is itself.
  void share_with_last(shared_environment& last) {
    share_with(last);
    last = *this;
  }

  friend bool operator==(const shared_environment& a,
                         const shared_environment& b) {
    return a.all_ == b.all_ || *a.all_ == *b.all_;
  }

private:
  /// Never null.
  std::shared_ptr<const variables> all_;
};

} // namespace hiisi::protocol
