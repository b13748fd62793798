#pragma once

#include "protocol/json_value.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace hiisi::test {

/// JSON as a test reads it: what is not as expected is an exception that
/// shows the whole text, so that a case fails by itself.
class json {
public:
  explicit json(std::string_view text) {
    auto parsed = protocol::parse_json(text);
    if (!parsed)
      throw std::runtime_error("not JSON (" + parsed.failure().message
                               + "): " + std::string(text));
    const auto whole = std::make_shared<document>(
        document{std::string(text), *std::move(parsed)});
    value_ = &whole->value;
    whole_ = whole;
  }

  /// A member of an object.
  [[nodiscard]] json operator[](std::string_view key) const {
    for (const auto& [name, value] : get<protocol::json_value::object>())
      if (name == key)
        return {value, whole_};
    throw std::runtime_error("no \"" + std::string(key) + "\" in " + text());
  }
  [[nodiscard]] json operator[](const char* key) const {
    return (*this)[std::string_view(key)];
  }
  /// An item of a list.
  [[nodiscard]] json operator[](int index) const {
    return {get<protocol::json_value::array>().at(static_cast<size_t>(index)),
            whole_};
  }
  [[nodiscard]] std::vector<json> items() const {
    std::vector<json> all;
    for (const auto& value : get<protocol::json_value::array>())
      all.push_back({value, whole_});
    return all;
  }
  [[nodiscard]] int size() const {
    return static_cast<int>(get<protocol::json_value::array>().size());
  }
  /// The names of an object's members, in their order, with commas between.
  [[nodiscard]] std::string keys() const {
    std::string all;
    for (const auto& [name, value] : get<protocol::json_value::object>())
      all += (all.empty() ? "" : ",") + name;
    return all;
  }
  [[nodiscard]] bool has(std::string_view key) const {
    if (!std::holds_alternative<protocol::json_value::object>(value_->data))
      return false;
    for (const auto& [name, value] : get<protocol::json_value::object>())
      if (name == key)
        return true;
    return false;
  }
  [[nodiscard]] std::string str() const { return get<std::string>(); }
  [[nodiscard]] bool is_true() const { return get<bool>(); }
  [[nodiscard]] bool is_null() const {
    return std::holds_alternative<std::nullptr_t>(value_->data);
  }
  [[nodiscard]] int64_t number() const {
    if (const auto* negative = std::get_if<int64_t>(&value_->data))
      return *negative;
    return static_cast<int64_t>(get<uint64_t>());
  }
  [[nodiscard]] const std::string& text() const { return whole_->text; }

private:
  /// Shared by all of its parts, which are looked at by the thousand.
  struct document {
    std::string text;
    protocol::json_value value;
  };

  json(const protocol::json_value& value, std::shared_ptr<const document> whole)
      : value_(&value), whole_(std::move(whole)) {}

  template <class T>
  [[nodiscard]] const T& get() const {
    if (const auto* value = std::get_if<T>(&value_->data))
      return *value;
    throw std::runtime_error("another type than expected in " + text());
  }

  const protocol::json_value* value_ = nullptr;
  std::shared_ptr<const document> whole_;
};

} // namespace hiisi::test
