#pragma once

#include "protocol/error.hpp"

#include <cassert>
#include <utility>
#include <variant>

namespace hiisi::protocol {

/// A value, or the error that stands in its place. C++20 has no
/// std::expected; this is the part of it that we use.
template <class T>
class [[nodiscard]] result {
public:
  result(T value) : data_(std::in_place_index<0>, std::move(value)) {}
  result(error reason) : data_(std::in_place_index<1>, std::move(reason)) {}

  [[nodiscard]] bool ok() const noexcept { return data_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }

  [[nodiscard]] T& value() & noexcept {
    assert(ok());
    return *std::get_if<0>(&data_);
  }
  [[nodiscard]] const T& value() const& noexcept {
    assert(ok());
    return *std::get_if<0>(&data_);
  }
  [[nodiscard]] T&& value() && noexcept {
    assert(ok());
    return std::move(*std::get_if<0>(&data_));
  }
  T& operator*() & noexcept { return value(); }
  const T& operator*() const& noexcept { return value(); }
  T&& operator*() && noexcept { return std::move(*this).value(); }
  T* operator->() noexcept { return &value(); }
  const T* operator->() const noexcept { return &value(); }

  [[nodiscard]] const error& failure() const& noexcept {
    assert(!ok());
    return *std::get_if<1>(&data_);
  }
  [[nodiscard]] error&& failure() && noexcept {
    assert(!ok());
    return std::move(*std::get_if<1>(&data_));
  }

private:
  std::variant<T, error> data_;
};

/// The result of something that either works or does not.
template <>
class [[nodiscard]] result<void> {
public:
  result() = default;
  result(error reason) : reason_(std::move(reason)), failed_(true) {}

  [[nodiscard]] bool ok() const noexcept { return !failed_; }
  explicit operator bool() const noexcept { return ok(); }

  [[nodiscard]] const error& failure() const& noexcept {
    assert(failed_);
    return reason_;
  }
  [[nodiscard]] error&& failure() && noexcept {
    assert(failed_);
    return std::move(reason_);
  }

private:
  error reason_;
  bool failed_ = false;
};

} // namespace hiisi::protocol
