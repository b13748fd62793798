#include "actors/core/ron/view.hpp"

#include "actors/core/ron/reader.hpp"
#include "actors/core/ron/scanner.hpp"
#include "actors/core/ron/text.hpp"
#include "actors/core/ron/writer.hpp"

#include <algorithm>

namespace hiisi::core::ron {

namespace {

/// So much of a string is repeated in a message (bytes).
constexpr size_t shown_bytes = 40;

/// A value in a message: a scalar as it is written, else its kind.
std::string describe(const value& content) {
  switch (content.kind()) {
  case kind::string: {
    const auto& text = *content.if_string();
    if (text.size() <= shown_bytes)
      return write(content, {.compact = true});
    auto end = shown_bytes;
    while (find_invalid_utf8(std::string_view(text).substr(0, end)))
      --end;
    return write(value(text.substr(0, end) + "..."), {.compact = true});
  }
  case kind::boolean:
  case kind::integer:
  case kind::floating:
  case kind::character:
    return write(content, {.compact = true});
  case kind::option:
    return content.items().empty() ? "None" : "Some(...)";
  case kind::bytes:
  case kind::list:
  case kind::map:
    return std::string(to_string(content.kind()));
  case kind::unit:
  case kind::tuple:
  case kind::structure:
    break;
  }
  if (content.name().empty())
    return content.is(kind::unit) ? "()"
                                  : std::string(to_string(content.kind()));
  return quoted(content.name() + (content.is(kind::unit) ? "" : "(...)"));
}

/// "a, b or c"
template <class Names>
std::string list_names(const Names& names) {
  std::string result;
  size_t left = names.size();
  for (auto name : names) {
    result += name;
    --left;
    result += left > 1 ? ", " : left == 1 ? " or " : "";
  }
  return result;
}

} // namespace

view::view(const value& content, std::string_view source)
    : content_(&content),
      source_(std::make_shared<const std::string>(source)) {}

view::view(const view& parent, const value& content, std::string path)
    : content_(&content), source_(parent.source_), path_(std::move(path)) {}

// -- scalars ------------------------------------------------------------------

protocol::result<bool> view::as_boolean() const {
  if (const auto* truth = content_->if_boolean())
    return *truth;
  return expected("true or false");
}

protocol::result<double> view::as_floating() const {
  if (const auto* number = content_->if_floating())
    return *number;
  if (const auto* number = content_->if_integer())
    return number->negative() ? static_cast<double>(*number->as<int64_t>())
                              : static_cast<double>(*number->as<uint64_t>());
  return expected("a number");
}

protocol::result<char32_t> view::as_character() const {
  if (const auto* character = content_->if_character())
    return *character;
  return expected("a char");
}

protocol::result<std::string> view::as_string() const {
  if (const auto* text = content_->if_string())
    return *text;
  return expected("a string");
}

protocol::result<std::string> view::as_octets() const {
  if (const auto* text = content_->if_string())
    return *text;
  if (const auto* octets = content_->if_bytes())
    return *octets;
  return expected("a string or a byte string");
}

protocol::result<size_t>
view::as_variant(std::initializer_list<std::string_view> names) const {
  if (content_->is(kind::unit) && !content_->name().empty()) {
    const auto* it = std::find(names.begin(), names.end(), content_->name());
    if (it != names.end())
      return static_cast<size_t>(it - names.begin());
  }
  return expected(list_names(names));
}

// -- composites ---------------------------------------------------------------

protocol::result<std::optional<view>> view::as_option() const {
  if (content_->is(kind::option)) {
    if (content_->items().empty())
      return std::optional<view>();
    return std::optional(view(*this, content_->items().front(), path_));
  }
  if (content_->enabled().implicit_some)
    return std::optional(*this);
  return expected("Some(...) or None");
}

std::vector<view> view::item_views() const {
  std::vector<view> result;
  result.reserve(content_->items().size());
  for (const auto& item : content_->items())
    result.push_back(
        view(*this, item, path_ + '[' + std::to_string(result.size()) + ']'));
  return result;
}

protocol::result<std::vector<view>> view::as_list() const {
  if (!content_->is(kind::list))
    return expected("a list");
  return item_views();
}

protocol::result<std::vector<view>> view::as_tuple(size_t size) const {
  if (size == 0 && as_structure() && content_->fields().empty())
    return std::vector<view>();
  if (!content_->is(kind::tuple))
    return expected("a tuple of " + std::to_string(size));
  if (content_->items().size() != size)
    return fail("expected a tuple of " + std::to_string(size)
                + ", found one of " + std::to_string(content_->items().size()));
  return item_views();
}

protocol::result<std::vector<std::pair<view, view>>> view::as_map() const {
  if (!content_->is(kind::map))
    return expected("a map");
  std::vector<std::pair<view, view>> result;
  result.reserve(content_->entries().size());
  for (const auto& item : content_->entries()) {
    auto path = path_ + '[' + describe(item.key) + ']';
    view key(*this, item.key, path);
    view content(*this, item.content, std::move(path));
    result.emplace_back(std::move(key), std::move(content));
  }
  return result;
}

protocol::result<view> view::as_newtype() const {
  if (content_->is(kind::tuple) && content_->items().size() == 1)
    return view(*this, content_->items().front(), path_);
  auto enabled = content_->enabled();
  bool unwrapped = enabled.unwrap_variant_newtypes && !content_->name().empty()
                   && !content_->is(kind::unit);
  if (enabled.unwrap_newtypes || unwrapped)
    return *this;
  return expected("one value in parentheses");
}

protocol::result<void> view::as_structure() const {
  bool unit = content_->is(kind::unit) && content_->name().empty();
  if (unit || content_->is(kind::structure))
    return {};
  return expected("a struct, as in (name: value)");
}

std::optional<view> view::find(std::string_view name) const {
  if (const auto* content = content_->find(name))
    return view(*this, *content, path_to(name));
  return std::nullopt;
}

protocol::result<view> view::field(std::string_view name) const {
  if (auto found = find(name))
    return *std::move(found);
  if (auto structure = as_structure(); !structure)
    return structure.failure();
  return fail("the field " + quoted(name) + " is missing");
}

protocol::result<void>
view::allow_fields(const std::vector<std::string_view>& names) const {
  for (const auto& each : content_->fields())
    if (std::find(names.begin(), names.end(), each.name) == names.end())
      return fail_at(each.at, path_,
                     "unknown field " + quoted(each.name)
                         + (names.empty() ? std::string("; expected none")
                                          : "; expected " + list_names(names)));
  return {};
}

// -- errors -------------------------------------------------------------------

protocol::error view::fail(std::string_view message) const {
  return fail_at(content_->at(), path_, message);
}

protocol::error view::expected(std::string_view what) const {
  return fail("expected " + std::string(what) + ", found "
              + describe(*content_));
}

protocol::error view::expected_between(whole_number least,
                                       whole_number greatest) const {
  return expected("a whole number from " + to_string(least) + " to "
                  + to_string(greatest));
}

protocol::error view::fail_at(position at, std::string_view path,
                              std::string_view message) const {
  auto text = to_string(at, *source_);
  if (!path.empty()) {
    text += text.empty() ? "" : ": ";
    text += path;
  }
  text += text.empty() ? "" : ": ";
  text += message;
  return protocol::make_error(protocol::errc::invalid_argument,
                              std::move(text));
}

std::string view::path_to(std::string_view name) const {
  auto path = path_;
  if (!path.empty())
    path += '.';
  path += name;
  return path;
}

} // namespace hiisi::core::ron
