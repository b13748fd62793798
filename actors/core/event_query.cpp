#include "actors/core/event_query.hpp"

#include <charconv>

namespace hiisi::core {

namespace {

/// Takes `token` from the front of `text`.
bool take(std::string_view& text, std::string_view token) noexcept {
  if (!text.starts_with(token))
    return false;
  text.remove_prefix(token.size());
  return true;
}

template <class Number>
bool take_number(std::string_view& text, Number& out) noexcept {
  const auto read
      = std::from_chars(text.data(), text.data() + text.size(), out);
  text.remove_prefix(static_cast<size_t>(read.ptr - text.data()));
  return read.ec == std::errc{};
}

/// Takes a string without escapes, whose opening quote has been taken, and
/// the quote that ends it.
bool take_string(std::string_view& text, std::string_view& out) noexcept {
  const auto end = text.find('"');
  if (end == text.npos)
    return false;
  out = text.substr(0, end);
  text.remove_prefix(end + 1);
  return true;
}

} // namespace

std::optional<event_head> head_of(std::string_view line) noexcept {
  event_head head;
  if (!take(line, R"({"number":)") || !take_number(line, head.number)
      || !take(line, R"(,"time":")") || !take_string(line, head.time)
      || !take(line, R"(,"kind":")") || !take_string(line, head.kind)
      || !take(line, R"(,"uid":)"))
    return std::nullopt;
  if (!take(line, "null")) {
    uint32_t uid = 0;
    if (!take_number(line, uid))
      return std::nullopt;
    head.uid = uid;
  }
  if (!take(line, R"(,"id":)") || !take_number(line, head.id)
      || !take(line, R"(,"name":")") || !take_string(line, head.name))
    return std::nullopt;
  return head;
}

bool matches(const event_query& query, const event_head& head) noexcept {
  return (!query.uid || head.uid == query.uid)
         && (query.id == 0 || head.id == query.id)
         && (query.name.empty() || head.name == query.name)
         && (query.since.empty() || head.time >= query.since);
}

} // namespace hiisi::core
