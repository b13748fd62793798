#include "protocol/json_cursor.hpp"

#include "protocol/utf8.hpp"

#include <array>
#include <charconv>

namespace hiisi::protocol {

namespace {

const std::string no_text;
const json_value::array no_items;
const json_value::object no_members;

} // namespace

json_cursor json_cursor::absent_member(std::string_view key) const& {
  json_cursor out = *this;
  out.value_ = nullptr;
  out.parent_ = this;
  out.key_ = key;
  return out;
}

json_cursor json_cursor::member(std::string_view key) const& {
  auto found = absent_member(key);
  if (!present())
    return found;
  if (!is_object()) {
    fail_type("an object");
    return found;
  }
  const auto& members = std::get<json_value::object>(value_->data);
  for (auto i = members.rbegin(); i != members.rend(); ++i) {
    if (i->first == key) {
      found.value_ = &i->second;
      break;
    }
  }
  return found;
}

bool json_cursor::present() const noexcept {
  return value_ && !holds<std::nullptr_t>();
}

const std::string& json_cursor::text() const {
  if (is_text())
    return std::get<std::string>(value_->data);
  fail_type("a string");
  return no_text;
}

bool json_cursor::boolean() const {
  if (holds<bool>())
    return std::get<bool>(value_->data);
  fail_type("true or false");
  return false;
}

uint64_t json_cursor::number(uint64_t low, uint64_t high) const {
  auto found = unsigned_value();
  if (found && *found >= low && *found <= high)
    return *found;
  fail_number(std::to_string(low), std::to_string(high));
  return low;
}

int64_t json_cursor::signed_number(int64_t low, int64_t high) const {
  std::optional<int64_t> found;
  if (holds<int64_t>())
    found = std::get<int64_t>(value_->data);
  else if (auto positive = unsigned_value(); positive && *positive <= INT64_MAX)
    found = static_cast<int64_t>(*positive);
  if (found && *found >= low && *found <= high)
    return *found;
  fail_number(std::to_string(low), std::to_string(high));
  return low;
}

const json_value::array& json_cursor::items() const {
  if (holds<json_value::array>())
    return std::get<json_value::array>(value_->data);
  fail_type("an array");
  return no_items;
}

const json_value::object& json_cursor::members() const {
  if (is_object())
    return std::get<json_value::object>(value_->data);
  fail_type("an object");
  return no_members;
}

std::string json_cursor::number_text() const {
  std::array<char, 40> digits;
  auto write = [&](auto number) {
    auto end
        = std::to_chars(digits.data(), digits.data() + digits.size(), number)
              .ptr;
    return std::string{digits.data(), end};
  };
  if (holds<uint64_t>())
    return write(std::get<uint64_t>(value_->data));
  if (holds<int64_t>())
    return write(std::get<int64_t>(value_->data));
  if (holds<double>()) {
    auto text = write(std::get<double>(value_->data));
    // 8080.0 must not look like the 8080 that it is refused for not being.
    if (text.find_first_of(".e") == text.npos)
      text += ".0";
    return text;
  }
  return {};
}

std::optional<uint64_t> json_cursor::unsigned_value() const noexcept {
  if (holds<uint64_t>())
    return *std::get_if<uint64_t>(&value_->data);
  return std::nullopt;
}

void json_cursor::fail(errc code, std::string_view message,
                       std::string hint) const {
  if (failed())
    return;
  auto text = path();
  if (!text.empty())
    text += ": ";
  text += message;
  *failure_ = make_error(code, std::move(text), std::move(hint));
}

void json_cursor::fail_type(std::string_view expected) const {
  if (failed())
    return;
  std::string message;
  if (value_)
    message = "expected " + std::string{expected} + ", found "
              + std::string{type_name()};
  else
    message = "missing; expected " + std::string{expected};
  fail(errc::bad_request, message);
}

void json_cursor::fail_number(const std::string& low,
                              const std::string& high) const {
  const auto expected = "a whole number from " + low + " to " + high;
  const auto given = number_text();
  if (given.empty())
    fail_type(expected);
  else
    fail(errc::invalid_argument, given + " is not " + expected);
}

void json_cursor::fail_plainly(error reason) const {
  if (!failed())
    *failure_ = std::move(reason);
}

std::string json_cursor::path() const {
  std::string own;
  if (!key_.empty())
    own = excerpt(key_);
  else if (parent_)
    own = "[" + std::to_string(index_) + "]";
  if (!parent_)
    return own;
  auto before = parent_->path();
  if (!before.empty() && own.front() != '[')
    before += '.';
  return before + own;
}

std::string_view json_cursor::type_name() const noexcept {
  constexpr std::array<std::string_view, 8> names = {
      "null",     "true or false", "a number", "a number",
      "a number", "a string",      "an array", "an object",
  };
  return value_ ? names[value_->data.index()] : "nothing";
}

} // namespace hiisi::protocol
