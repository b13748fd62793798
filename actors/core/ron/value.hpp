#pragma once

#include <compare>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// Rusty Object Notation 0.8 (https://github.com/ron-rs/ron), the notation of
/// Hiisi's configuration and records. There is no library for C++.
namespace hiisi::core::ron {

/// Where a value stands in its text. Both count from 1, columns in characters
/// (code points); 0:0 is a value that code has built.
struct position {
  uint32_t line = 0;
  uint32_t column = 0;

  friend auto operator<=>(const position&, const position&) = default;
};

/// What a value is. RON's text does not tell a struct from a variant of an
/// enum: both are a `unit`, `tuple` or `structure` that has a name.
enum class kind : uint8_t {
  /// `()`, or with a name the unit variant `Name`.
  unit,
  boolean,
  integer,
  floating,
  character,
  string,
  /// `b"..."`
  bytes,
  /// `None` or `Some(value)`
  option,
  list,
  map,
  /// `(1, 2)` or `Name(1, 2)`
  tuple,
  /// `(a: 1)` or `Name(a: 1)`, and `Name()`
  structure,
};

/// The kind as a word in a sentence, such as "a list".
[[nodiscard]] std::string_view to_string(kind k) noexcept;

/// What `#![enable(...)]` switches on; it is a matter of those who read the
/// values (see view.hpp), so each value that was read carries it.
struct extensions {
  /// Where an option is expected, `x` stands for `Some(x)`.
  bool implicit_some = false;
  /// Where a newtype is expected, `x` stands for `Name(x)`.
  bool unwrap_newtypes = false;
  /// `Name(a: 1)` stands for `Name((a: 1))`.
  bool unwrap_variant_newtypes = false;

  friend bool operator==(const extensions&, const extensions&) = default;
};

template <class T, class... Others>
inline constexpr bool is_any_of = (std::same_as<T, Others> || ...);

/// What std::cmp_less() and its like take: neither bool nor a character type.
template <class T>
concept number_like
    = std::integral<T> && !is_any_of<T, bool, char, wchar_t, char8_t, char16_t,
                                     char32_t>;

/// A whole number from the least i64 to the greatest u64.
class whole_number {
public:
  constexpr whole_number() = default;
  template <number_like T>
  constexpr whole_number(T number) noexcept
      : negative_(std::cmp_less(number, 0)),
        bits_(static_cast<uint64_t>(number)) {}

  /// -magnitude or magnitude; nothing where no i64 and no u64 holds it.
  [[nodiscard]] static std::optional<whole_number>
  from_magnitude(bool negative, uint64_t magnitude) noexcept;

  [[nodiscard]] constexpr bool negative() const noexcept { return negative_; }

  /// The number as a T, or nothing where T does not hold it.
  template <number_like T>
  [[nodiscard]] constexpr std::optional<T> as() const noexcept {
    if (negative_ ? std::in_range<T>(static_cast<int64_t>(bits_))
                  : std::in_range<T>(bits_))
      return static_cast<T>(bits_);
    return std::nullopt;
  }

  friend constexpr bool operator==(const whole_number&, const whole_number&)
      = default;
  friend constexpr std::strong_ordering
  operator<=>(const whole_number& a, const whole_number& b) noexcept {
    if (a.negative_ != b.negative_)
      return a.negative_ ? std::strong_ordering::less
                         : std::strong_ordering::greater;
    // Two's complement keeps the order among numbers of one sign.
    return a.bits_ <=> b.bits_;
  }

private:
  bool negative_ = false;
  // Two's complement: an int64_t if negative_, else a uint64_t.
  uint64_t bits_ = 0;
};

[[nodiscard]] std::string to_string(whole_number number);

struct entry;
struct field;

/// A value of RON. Equality is that of the content: neither position nor
/// extensions count, NaN equals NaN, and -0.0 differs from 0.0, so that what
/// is written and read again compares equal.
class value {
public:
  // -- building --------------------------------------------------------------
  // Names of structs, variants and fields are constants of the program: it is
  // a defect to pass one for which is_name() does not hold. What comes from
  // users belongs into strings and the keys of maps.

  /// `()`
  value();
  value(const value&);
  value(value&&) noexcept;
  value& operator=(const value&);
  value& operator=(value&&) noexcept;
  ~value();

  template <std::same_as<bool> T>
  value(T truth) : value(boolean(truth)) {}
  template <number_like T>
  value(T number) : value(whole_number(number)) {}
  template <std::floating_point T>
  value(T number) : value(floating(static_cast<double>(number))) {}
  value(whole_number number);
  value(std::string text) : value(string(std::move(text))) {}
  value(std::string_view text) : value(string(std::string(text))) {}
  value(const char* text) : value(string(std::string(text))) {}

  [[nodiscard]] static value boolean(bool truth);
  [[nodiscard]] static value floating(double number);
  /// A Unicode scalar value; anything else becomes U+FFFD.
  [[nodiscard]] static value character(char32_t scalar);
  /// A string, or a byte string where the bytes are not UTF-8, which a RON
  /// string cannot hold. view::as_octets() reads both back.
  [[nodiscard]] static value string(std::string text);
  [[nodiscard]] static value bytes(std::string octets);
  [[nodiscard]] static value none();
  [[nodiscard]] static value some(value content);
  [[nodiscard]] static value list(std::vector<value> items);
  /// Keys may be of any kind; the order is kept.
  [[nodiscard]] static value map(std::vector<entry> entries);
  /// No items make `()`, or with a name `Name()`.
  [[nodiscard]] static value tuple(std::vector<value> items,
                                   std::string name = {});
  /// No fields make `()`, or with a name `Name()`.
  [[nodiscard]] static value structure(std::vector<field> fields,
                                       std::string name = {});
  /// The unit variant `Name`.
  [[nodiscard]] static value variant(std::string name);

  // -- inspecting ------------------------------------------------------------

  [[nodiscard]] ron::kind kind() const noexcept;
  [[nodiscard]] bool is(ron::kind k) const noexcept { return kind() == k; }
  /// The name of a unit, tuple or structure, else empty.
  [[nodiscard]] const std::string& name() const noexcept;

  // Each gives null where the value is of another kind.
  [[nodiscard]] const bool* if_boolean() const noexcept;
  [[nodiscard]] const whole_number* if_integer() const noexcept;
  [[nodiscard]] const double* if_floating() const noexcept;
  [[nodiscard]] const char32_t* if_character() const noexcept;
  [[nodiscard]] const std::string* if_string() const noexcept;
  [[nodiscard]] const std::string* if_bytes() const noexcept;

  /// The items of a list or tuple, the content of `Some`; else nothing.
  [[nodiscard]] const std::vector<value>& items() const noexcept;
  /// The entries of a map, else nothing.
  [[nodiscard]] const std::vector<entry>& entries() const noexcept;
  /// The fields of a structure, else nothing.
  [[nodiscard]] const std::vector<field>& fields() const noexcept;
  /// The content of the structure's field of that name, or null.
  [[nodiscard]] const value* find(std::string_view name) const noexcept;
  /// What the map holds under an equal key, or null.
  [[nodiscard]] const value* find_entry(const value& key) const noexcept;

  [[nodiscard]] position at() const noexcept { return at_; }
  [[nodiscard]] extensions enabled() const noexcept { return enabled_; }
  /// For readers: says where the value stands and what its text enables.
  void place(position at, extensions enabled) noexcept {
    at_ = at;
    enabled_ = enabled;
  }

  friend bool operator==(const value& a, const value& b) noexcept;

private:
  struct unit_data {
    std::string name;
  };
  struct bytes_data {
    std::string octets;
  };
  struct option_data {
    std::vector<value> content;
  };
  struct list_data {
    std::vector<value> items;
  };
  struct map_data {
    std::vector<entry> entries;
  };
  struct tuple_data {
    std::string name;
    std::vector<value> items;
  };
  struct structure_data {
    std::string name;
    std::vector<field> fields;
  };
  // In the order of ron::kind.
  using data = std::variant<unit_data, bool, whole_number, double, char32_t,
                            std::string, bytes_data, option_data, list_data,
                            map_data, tuple_data, structure_data>;

  explicit value(data content);

  data data_;
  position at_;
  extensions enabled_;
};

/// One `key: value` of a map.
struct entry {
  value key;
  value content;

  friend bool operator==(const entry&, const entry&) = default;
};

/// One `name: value` of a structure.
struct field {
  std::string name;
  value content;
  /// Where the name stands.
  position at = {};

  friend bool operator==(const field& a, const field& b) noexcept {
    return a.name == b.name && a.content == b.content;
  }
};

/// Puts a structure together field by field:
/// `struct_builder().add("user", "alice").add("port", 8080).build()`.
class struct_builder {
public:
  explicit struct_builder(std::string name = {}) : name_(std::move(name)) {}

  struct_builder& add(std::string name, value content);
  /// Adds nothing for an absent value, `Some(value)` otherwise, as Rust's
  /// serde does for fields that are skipped when they are `None`.
  template <class T>
  struct_builder& add_some(std::string name, const std::optional<T>& content) {
    return content ? add(std::move(name), value::some(value(*content))) : *this;
  }
  /// The structure; the builder is empty afterwards.
  [[nodiscard]] value build();

private:
  std::string name_;
  std::vector<field> fields_;
};

/// A list of whatever values can be made of.
template <class Range>
[[nodiscard]] value list_of(const Range& range) {
  std::vector<value> items;
  for (const auto& item : range)
    items.emplace_back(item);
  return value::list(std::move(items));
}

/// `Some(value)` or `None`.
template <class T>
[[nodiscard]] value option_of(const std::optional<T>& content) {
  return content ? value::some(value(*content)) : value::none();
}

} // namespace hiisi::core::ron
