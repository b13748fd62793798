#pragma once

#include "actors/core/ron/view.hpp"

#include <concepts>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace hiisi::core::ron {

// read_into() fills a C++ object from a value; further types are added by an
// overload in their own namespace.

[[nodiscard]] inline protocol::result<void> read_into(const view& from,
                                                      bool& out) {
  auto truth = from.as_boolean();
  if (!truth)
    return std::move(truth).failure();
  out = *truth;
  return {};
}

template <number_like T>
[[nodiscard]] protocol::result<void> read_into(const view& from, T& out) {
  auto number = from.as_integer<T>();
  if (!number)
    return std::move(number).failure();
  out = *number;
  return {};
}

[[nodiscard]] inline protocol::result<void> read_into(const view& from,
                                                      double& out) {
  auto number = from.as_floating();
  if (!number)
    return std::move(number).failure();
  out = *number;
  return {};
}

/// Takes byte strings too: value::string() writes them where a text of the
/// operating system is not UTF-8.
[[nodiscard]] inline protocol::result<void> read_into(const view& from,
                                                      std::string& out) {
  auto text = from.as_octets();
  if (!text)
    return std::move(text).failure();
  out = *std::move(text);
  return {};
}

template <class T>
[[nodiscard]] protocol::result<void> read_into(const view& from,
                                               std::vector<T>& out) {
  auto items = from.as_list();
  if (!items)
    return std::move(items).failure();
  std::vector<T> result(items->size());
  for (size_t i = 0; i < result.size(); ++i)
    if (auto done = read_into((*items)[i], result[i]); !done)
      return done;
  out = std::move(result);
  return {};
}

template <class T>
[[nodiscard]] protocol::result<void> read_into(const view& from,
                                               std::optional<T>& out) {
  auto option = from.as_option();
  if (!option)
    return std::move(option).failure();
  if (!*option) {
    out.reset();
    return {};
  }
  T content{};
  if (auto done = read_into(**option, content); !done)
    return done;
  out = std::move(content);
  return {};
}

/// Fills the members of a C++ struct from the fields of one of RON:
///
///   return struct_reader(from)
///     .required("user", out.user)
///     .optional("port", out.port, uint16_t{1024}, uint16_t{65535})
///     .finish();
///
/// The first error is kept, and what follows it does nothing. Fields that were
/// not asked for are an error of finish().
class struct_reader {
public:
  explicit struct_reader(view from) : from_(std::move(from)) {
    keep(from_.as_structure());
  }

  /// The field must be there.
  template <class T>
  struct_reader& required(std::string_view name, T& out) {
    return each(name, true, [&](const view& v) { return read_into(v, out); });
  }
  /// The same for a whole number from `least` to `greatest`.
  template <number_like T>
  struct_reader& required(std::string_view name, T& out,
                          std::type_identity_t<T> least,
                          std::type_identity_t<T> greatest) {
    return each(name, true, between(out, least, greatest));
  }

  /// Where the field is not there, `out` stays as it is.
  template <class T>
  struct_reader& optional(std::string_view name, T& out) {
    return each(name, false, [&](const view& v) { return read_into(v, out); });
  }
  template <number_like T>
  struct_reader& optional(std::string_view name, T& out,
                          std::type_identity_t<T> least,
                          std::type_identity_t<T> greatest) {
    return each(name, false, between(out, least, greatest));
  }

  /// Gives the field, if it is there, to `read`, which takes a view and
  /// returns a result<void>.
  template <std::invocable<const view&> Read>
  struct_reader& optional_by(std::string_view name, Read read) {
    return each(name, false, std::move(read));
  }
  template <std::invocable<const view&> Read>
  struct_reader& required_by(std::string_view name, Read read) {
    return each(name, true, std::move(read));
  }

  /// The first error, or that of an unknown field.
  [[nodiscard]] protocol::result<void> finish() {
    if (result_)
      keep(from_.allow_fields(names_));
    return std::move(result_);
  }

private:
  template <number_like T>
  static auto between(T& out, T least, T greatest) {
    return [&out, least, greatest](const view& v) -> protocol::result<void> {
      auto number = v.as_integer<T>(least, greatest);
      if (!number)
        return std::move(number).failure();
      out = *number;
      return {};
    };
  }

  template <class Read>
  struct_reader& each(std::string_view name, bool must_exist, Read read) {
    names_.push_back(name);
    if (!result_)
      return *this;
    if (auto found = from_.find(name))
      keep(std::invoke(read, *found));
    else if (must_exist)
      keep(from_.field(name).failure());
    return *this;
  }

  void keep(protocol::result<void> done) {
    if (!done)
      result_ = std::move(done);
  }

  view from_;
  std::vector<std::string_view> names_;
  protocol::result<void> result_;
};

} // namespace hiisi::core::ron
