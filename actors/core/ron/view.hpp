#pragma once

#include "actors/core/ron/value.hpp"
#include "protocol/result.hpp"

#include <cstddef>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hiisi::core::ron {

/// A value together with the way to it, for making C++ objects of RON: what is
/// of the wrong kind or out of range gives an error that names the file, the
/// place and the keys on the way, such as "hiidet.ron:12:9:
/// limits.connections: expected a whole number from 1 to 65535, found
/// "many"". Heeds what the value's text has enabled (see extensions).
///
/// The value must outlive its views. All errors are `errc::invalid_argument`.
class view {
public:
  /// The outermost value of a text that messages call `source`.
  explicit view(const value& content, std::string_view source = {});

  [[nodiscard]] const value& content() const noexcept { return *content_; }
  /// The keys on the way here, such as "limits.connections" or "hosts[2]";
  /// empty for the outermost value.
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  // -- scalars ---------------------------------------------------------------

  [[nodiscard]] protocol::result<bool> as_boolean() const;
  /// A whole number of that range.
  template <number_like T>
  [[nodiscard]] protocol::result<T>
  as_integer(T least = std::numeric_limits<T>::min(),
             T greatest = std::numeric_limits<T>::max()) const {
    if (const auto* number = content_->if_integer())
      if (auto fit = number->as<T>(); fit && *fit >= least && *fit <= greatest)
        return *fit;
    return expected_between(least, greatest);
  }
  /// A float, or a whole number, for which people leave out the ".0".
  [[nodiscard]] protocol::result<double> as_floating() const;
  [[nodiscard]] protocol::result<char32_t> as_character() const;
  [[nodiscard]] protocol::result<std::string> as_string() const;
  /// A string's or byte string's bytes, as value::string() took them.
  [[nodiscard]] protocol::result<std::string> as_octets() const;
  /// A unit variant: which of the names stands here, by its index.
  [[nodiscard]] protocol::result<size_t>
  as_variant(std::initializer_list<std::string_view> names) const;

  // -- composites ------------------------------------------------------------

  /// The content of `Some`, nothing for `None`; with implicit_some any other
  /// value is its own content.
  [[nodiscard]] protocol::result<std::optional<view>> as_option() const;
  /// The items of a list.
  [[nodiscard]] protocol::result<std::vector<view>> as_list() const;
  /// The items of a tuple of that size, whatever its name. Size 0 is a unit.
  [[nodiscard]] protocol::result<std::vector<view>> as_tuple(size_t size) const;
  /// The keys and contents of a map.
  [[nodiscard]] protocol::result<std::vector<std::pair<view, view>>>
  as_map() const;
  /// The `x` of `(x)` or `Name(x)`. With unwrap_newtypes any other value is
  /// its own content, and with unwrap_variant_newtypes that of `Name(a: 1)`
  /// and `Name(1, 2)`, to be read as struct or tuple, is that value itself.
  [[nodiscard]] protocol::result<view> as_newtype() const;
  /// Nothing, if this is a struct, whatever its name; `()` is one without
  /// fields.
  [[nodiscard]] protocol::result<void> as_structure() const;
  /// The field of a struct, or nothing where there is none of that name.
  [[nodiscard]] std::optional<view> find(std::string_view name) const;
  /// The field of a struct; it is an error if this is none or has it not.
  [[nodiscard]] protocol::result<view> field(std::string_view name) const;
  /// Fails at the first field whose name is none of these.
  [[nodiscard]] protocol::result<void>
  allow_fields(const std::vector<std::string_view>& names) const;

  // -- errors ----------------------------------------------------------------

  /// "SOURCE:LINE:COLUMN: PATH: MESSAGE", for rules that the caller checks.
  [[nodiscard]] protocol::error fail(std::string_view message) const;
  /// The same with "expected WHAT, found ..." of the value as it is.
  [[nodiscard]] protocol::error expected(std::string_view what) const;

private:
  view(const view& parent, const value& content, std::string path);

  [[nodiscard]] protocol::error expected_between(whole_number least,
                                                 whole_number greatest) const;
  [[nodiscard]] protocol::error fail_at(position at, std::string_view path,
                                        std::string_view message) const;
  [[nodiscard]] std::string path_to(std::string_view name) const;
  [[nodiscard]] std::vector<view> item_views() const;

  const value* content_;
  // Shared, as a long list has many views.
  std::shared_ptr<const std::string> source_;
  std::string path_;
};

} // namespace hiisi::core::ron
