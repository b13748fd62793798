#include "actors/core/ron/value.hpp"

#include "actors/core/ron/text.hpp"

#include <array>
#include <cassert>
#include <cmath>
#include <utility>

namespace hiisi::core::ron {

namespace {

constexpr std::array<std::string_view, 12> kind_names = {
    "a unit", "a boolean", "a whole number", "a float",
    "a char", "a string",  "a byte string",  "an option",
    "a list", "a map",     "a tuple",        "a struct",
};
static_assert(kind_names.size() == static_cast<size_t>(kind::structure) + 1);

bool same_float(double a, double b) noexcept {
  if (std::isnan(a) || std::isnan(b))
    return std::isnan(a) && std::isnan(b);
  return a == b && std::signbit(a) == std::signbit(b);
}

} // namespace

std::string_view to_string(kind k) noexcept {
  auto index = static_cast<size_t>(k);
  return index < kind_names.size() ? kind_names[index] : "a value";
}

std::optional<whole_number>
whole_number::from_magnitude(bool negative, uint64_t magnitude) noexcept {
  constexpr uint64_t least = uint64_t{1} << 63;
  if (negative && magnitude > least)
    return std::nullopt;
  whole_number result;
  result.negative_ = negative && magnitude != 0;
  result.bits_ = result.negative_ ? uint64_t{0} - magnitude : magnitude;
  return result;
}

std::string to_string(whole_number number) {
  if (auto small = number.as<int64_t>())
    return std::to_string(*small);
  return std::to_string(*number.as<uint64_t>());
}

// -- building -----------------------------------------------------------------

value::value() = default;
value::value(const value&) = default;
value::value(value&&) noexcept = default;
value& value::operator=(const value&) = default;
value& value::operator=(value&&) noexcept = default;
value::~value() = default;
value::value(data content) : data_(std::move(content)) {}

value::value(whole_number number) : data_(number) {}

value value::boolean(bool truth) {
  return value(data(truth));
}

value value::floating(double number) {
  return value(data(number));
}

value value::character(char32_t scalar) {
  return value(data(is_scalar(scalar) ? scalar : U'\uFFFD'));
}

value value::string(std::string text) {
  if (find_invalid_utf8(text))
    return bytes(std::move(text));
  return value(data(std::move(text)));
}

value value::bytes(std::string octets) {
  return value(data(bytes_data{std::move(octets)}));
}

value value::none() {
  return value(data(option_data{}));
}

value value::some(value content) {
  option_data option;
  option.content.push_back(std::move(content));
  return value(data(std::move(option)));
}

value value::list(std::vector<value> items) {
  return value(data(list_data{std::move(items)}));
}

value value::map(std::vector<entry> entries) {
  return value(data(map_data{std::move(entries)}));
}

value value::tuple(std::vector<value> items, std::string name) {
  if (items.empty())
    return structure({}, std::move(name));
  assert(name.empty() || is_name(name));
  return value(data(tuple_data{std::move(name), std::move(items)}));
}

value value::structure(std::vector<field> fields, std::string name) {
  // `()` reads as a unit, so nothing else may be written like it.
  if (fields.empty() && name.empty())
    return {};
  assert(name.empty() || is_name(name));
  return value(data(structure_data{std::move(name), std::move(fields)}));
}

value value::variant(std::string name) {
  assert(is_name(name));
  return value(data(unit_data{std::move(name)}));
}

struct_builder& struct_builder::add(std::string name, value content) {
  assert(is_name(name));
  fields_.push_back({std::move(name), std::move(content)});
  return *this;
}

value struct_builder::build() {
  return value::structure(std::exchange(fields_, {}), std::exchange(name_, {}));
}

// -- inspecting ---------------------------------------------------------------

kind value::kind() const noexcept {
  return static_cast<ron::kind>(data_.index());
}

const std::string& value::name() const noexcept {
  static const std::string no_name;
  if (const auto* unit = std::get_if<unit_data>(&data_))
    return unit->name;
  if (const auto* tuple = std::get_if<tuple_data>(&data_))
    return tuple->name;
  if (const auto* structure = std::get_if<structure_data>(&data_))
    return structure->name;
  return no_name;
}

const bool* value::if_boolean() const noexcept {
  return std::get_if<bool>(&data_);
}

const whole_number* value::if_integer() const noexcept {
  return std::get_if<whole_number>(&data_);
}

const double* value::if_floating() const noexcept {
  return std::get_if<double>(&data_);
}

const char32_t* value::if_character() const noexcept {
  return std::get_if<char32_t>(&data_);
}

const std::string* value::if_string() const noexcept {
  return std::get_if<std::string>(&data_);
}

const std::string* value::if_bytes() const noexcept {
  const auto* bytes = std::get_if<bytes_data>(&data_);
  return bytes ? &bytes->octets : nullptr;
}

const std::vector<value>& value::items() const noexcept {
  static const std::vector<value> nothing;
  if (const auto* list = std::get_if<list_data>(&data_))
    return list->items;
  if (const auto* tuple = std::get_if<tuple_data>(&data_))
    return tuple->items;
  if (const auto* option = std::get_if<option_data>(&data_))
    return option->content;
  return nothing;
}

const std::vector<entry>& value::entries() const noexcept {
  static const std::vector<entry> nothing;
  const auto* map = std::get_if<map_data>(&data_);
  return map ? map->entries : nothing;
}

const std::vector<field>& value::fields() const noexcept {
  static const std::vector<field> nothing;
  const auto* structure = std::get_if<structure_data>(&data_);
  return structure ? structure->fields : nothing;
}

const value* value::find(std::string_view name) const noexcept {
  for (const auto& candidate : fields())
    if (candidate.name == name)
      return &candidate.content;
  return nullptr;
}

const value* value::find_entry(const value& key) const noexcept {
  for (const auto& candidate : entries())
    if (candidate.key == key)
      return &candidate.content;
  return nullptr;
}

bool operator==(const value& a, const value& b) noexcept {
  if (a.kind() != b.kind() || a.name() != b.name())
    return false;
  switch (a.kind()) {
  case kind::unit:
    return true;
  case kind::boolean:
    return *a.if_boolean() == *b.if_boolean();
  case kind::integer:
    return *a.if_integer() == *b.if_integer();
  case kind::floating:
    return same_float(*a.if_floating(), *b.if_floating());
  case kind::character:
    return *a.if_character() == *b.if_character();
  case kind::string:
    return *a.if_string() == *b.if_string();
  case kind::bytes:
    return *a.if_bytes() == *b.if_bytes();
  case kind::option:
  case kind::list:
  case kind::tuple:
    return a.items() == b.items();
  case kind::map:
    return a.entries() == b.entries();
  case kind::structure:
    return a.fields() == b.fields();
  }
  return false;
}

} // namespace hiisi::core::ron
