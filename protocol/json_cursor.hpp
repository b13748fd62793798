#pragma once

#include "protocol/json_value.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hiisi::protocol {

/// A place in a parsed JSON text that knows its way there, so that an error
/// can name it ("Run.argv[2]: expected a string, found a number").
///
/// Reading goes on after a mistake with values like "" and 0; the first
/// mistake is kept in the `failure` that all cursors of one text share, and is
/// to be looked at when all has been read. A cursor refers to the one that it
/// came from, so that one must live longer: hence no member() of a temporary.
class json_cursor {
public:
  /// At the root. Both arguments must outlive every cursor made from this.
  json_cursor(const json_value& root, std::optional<error>& failure,
              std::string_view name = {})
      : value_(&root), failure_(&failure), key_(name) {}

  /// The member of that name: the last one where there are several, and an
  /// absent one where there is none or this is absent itself. Fails where this
  /// is not an object.
  [[nodiscard]] json_cursor member(std::string_view key) const&;
  json_cursor member(std::string_view key) const&& = delete;

  /// A member of that name that is absent, whatever is there.
  [[nodiscard]] json_cursor absent_member(std::string_view key) const&;

  /// Neither missing nor null.
  [[nodiscard]] bool present() const noexcept;

  [[nodiscard]] bool is_text() const noexcept { return holds<std::string>(); }
  [[nodiscard]] bool is_object() const noexcept {
    return holds<json_value::object>();
  }

  /// The value as it was parsed; null where this is absent.
  [[nodiscard]] const json_value* value() const noexcept { return value_; }

  // -- values; each fails where it is absent or of another type --------------

  [[nodiscard]] const std::string& text() const;
  [[nodiscard]] bool boolean() const;

  /// A whole number from `low` to `high`.
  [[nodiscard]] uint64_t number(uint64_t low, uint64_t high) const;
  /// A whole number that may be negative.
  [[nodiscard]] int64_t signed_number(int64_t low, int64_t high) const;

  /// Calls `visit(cursor)` for each item of an array.
  template <class Visit>
  void for_each_item(Visit visit) const {
    const auto& items = this->items();
    for (size_t i = 0; i < items.size(); ++i) {
      json_cursor item{items[i], *failure_};
      item.parent_ = this;
      item.index_ = i;
      visit(static_cast<const json_cursor&>(item));
    }
  }
  [[nodiscard]] const json_value::array& items() const;

  /// Calls `visit(key, cursor)` for each member of an object.
  template <class Visit>
  void for_each_member(Visit visit) const {
    for (const auto& [key, value] : members()) {
      json_cursor item{value, *failure_, key};
      item.parent_ = this;
      visit(key, static_cast<const json_cursor&>(item));
    }
  }
  [[nodiscard]] const json_value::object& members() const;

  /// The number as it would be written, for messages; empty for what is none.
  [[nodiscard]] std::string number_text() const;
  /// The whole number from 0 on, if it is one.
  [[nodiscard]] std::optional<uint64_t> unsigned_value() const noexcept;

  // -- errors -----------------------------------------------------------------

  /// Notes a mistake, unless one has been noted before: "<path>: <message>".
  void fail(errc code, std::string_view message, std::string hint = {}) const;
  /// Notes "<path>: expected <what>, found <what is there>".
  void fail_type(std::string_view expected) const;
  /// Notes an error whose message stands for itself.
  void fail_plainly(error reason) const;
  [[nodiscard]] bool failed() const noexcept { return failure_->has_value(); }

  /// Where this is, such as "Run.argv[2]".
  [[nodiscard]] std::string path() const;

private:
  template <class T>
  [[nodiscard]] bool holds() const noexcept {
    return value_ && std::holds_alternative<T>(value_->data);
  }

  [[nodiscard]] std::string_view type_name() const noexcept;
  /// Notes that no whole number within these bounds is there.
  void fail_number(const std::string& low, const std::string& high) const;

  const json_value* value_ = nullptr;
  const json_cursor* parent_ = nullptr;
  std::optional<error>* failure_;
  std::string_view key_;
  size_t index_ = 0;
};

} // namespace hiisi::protocol
