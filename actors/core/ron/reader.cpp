#include "actors/core/ron/reader.hpp"

#include "actors/core/ron/attributes.hpp"
#include "actors/core/ron/literals.hpp"
#include "actors/core/ron/scanner.hpp"
#include "actors/core/ron/text.hpp"

#include <unordered_set>

namespace hiisi::core::ron {

namespace {

/// What stands between parentheses: items, or fields, or neither.
struct inside {
  std::vector<value> items;
  std::vector<field> fields;

  [[nodiscard]] value build(std::string name) && {
    return fields.empty()
               ? value::tuple(std::move(items), std::move(name))
               : value::structure(std::move(fields), std::move(name));
  }
};

class reader {
public:
  reader(std::string_view text, const read_options& options)
      : in_(text), enabled_(options.enabled), max_depth_(options.max_depth) {}

  /// The whole text. Says why not by problem().
  bool read_text(value& out) {
    // A byte order mark is no part of the text.
    if (in_.looking_at("\ufeff"))
      in_ = scanner(in_.rest().substr(3));
    return in_.skip_space() && read_attributes(in_, enabled_) && read_value(out)
           && in_.skip_space()
           && (in_.at_end()
               || in_.fail_expected("nothing more after the value"));
  }

  [[nodiscard]] const scanner& problem() const noexcept { return in_; }

private:
  bool read_value(value& out);
  bool read_unplaced(value& out);
  bool read_named(value& out);
  bool read_some(value& out);
  bool read_list(value& out);
  bool read_map(value& out);
  bool read_tuple_or_structure(std::string name, value& out);
  bool read_parentheses(inside& out);
  bool read_fields(std::vector<field>& out);
  bool open_bracket();
  template <class ReadItem>
  bool read_items(char closing, std::string_view what, ReadItem read_item);

  scanner in_;
  extensions enabled_;
  size_t max_depth_;
  size_t depth_ = 0;
};

// -- values -------------------------------------------------------------------

bool reader::read_value(value& out) {
  auto begin = in_.at();
  if (!read_unplaced(out))
    return false;
  out.place(begin, enabled_);
  return true;
}

bool reader::read_unplaced(value& out) {
  if (looking_at_text(in_))
    return ron::read_text(in_, out);
  if (looking_at_number(in_))
    return read_number(in_, out);
  switch (in_.peek()) {
  case '[':
    return read_list(out);
  case '{':
    return read_map(out);
  case '(':
    return read_tuple_or_structure({}, out);
  default:
    return in_.name_length() > 0 ? read_named(out)
                                 : in_.fail_expected("a value");
  }
}

bool reader::read_named(value& out) {
  bool raw = in_.looking_at("r#");
  std::string_view name;
  if (!in_.take_name("a name", name))
    return false;
  if (!raw && is_reserved(name)) {
    if (name == "Some")
      return read_some(out);
    out = name == "None" ? value::none() : value(name == "true");
    return true;
  }
  // White space may stand between a name and its parenthesis; where none
  // follows, it would be skipped next anyway.
  if (!in_.skip_space())
    return false;
  if (in_.peek() != '(') {
    out = value::variant(std::string(name));
    return true;
  }
  return read_tuple_or_structure(std::string(name), out);
}

bool reader::read_some(value& out) {
  if (!in_.skip_space())
    return false;
  auto begin = in_.at();
  if (in_.peek() != '(')
    return in_.fail_expected("`(` and a value after `Some`");
  inside content;
  if (!read_parentheses(content))
    return false;
  if (content.items.size() == 1) {
    out = value::some(std::move(content.items.front()));
    return true;
  }
  // `Some(a: 1)` leaves out the inner parentheses, as it may if so enabled.
  auto unwrapped = std::move(content).build({});
  if (!enabled_.unwrap_variant_newtypes || unwrapped.is(kind::unit))
    return in_.fail(begin, "expected one value after `Some`");
  unwrapped.place(begin, enabled_);
  out = value::some(std::move(unwrapped));
  return true;
}

bool reader::read_list(value& out) {
  std::vector<value> items;
  auto read_item = [&] { return read_value(items.emplace_back()); };
  if (!read_items(']', "`,` or `]`", read_item))
    return false;
  out = value::list(std::move(items));
  return true;
}

bool reader::read_map(value& out) {
  std::vector<entry> entries;
  auto read_item = [&] {
    auto& next = entries.emplace_back();
    return read_value(next.key) && in_.expect(':', "`:` after the key")
           && in_.skip_space() && read_value(next.content);
  };
  if (!read_items('}', "`,` or `}`", read_item))
    return false;
  out = value::map(std::move(entries));
  return true;
}

bool reader::read_tuple_or_structure(std::string name, value& out) {
  inside content;
  if (!read_parentheses(content))
    return false;
  out = std::move(content).build(std::move(name));
  return true;
}

bool reader::read_parentheses(inside& out) {
  auto ahead = in_;
  ahead.take(1);
  if (!ahead.skip_space())
    return in_.fail(ahead.failed_at(), ahead.message());
  if (ahead.looking_at_field())
    return read_fields(out.fields);
  auto read_item = [&] { return read_value(out.items.emplace_back()); };
  return read_items(')', "`,` or `)`", read_item);
}

bool reader::read_fields(std::vector<field>& out) {
  // Of the text, as the fields' own strings move while the vector grows.
  std::unordered_set<std::string_view> names;
  auto read_item = [&] {
    auto begin = in_.at();
    std::string_view name;
    if (!in_.take_name("the name of a field", name))
      return false;
    if (!names.insert(name).second)
      return in_.fail(begin, "the field " + quoted(name)
                                 + " stands here a second time");
    auto& next = out.emplace_back(field{std::string(name), value(), begin});
    return in_.expect(':', "`:` after the field's name") && in_.skip_space()
           && read_value(next.content);
  };
  return read_items(')', "`,` or `)`", read_item);
}

// -- parts --------------------------------------------------------------------

bool reader::open_bracket() {
  if (depth_ == max_depth_)
    return in_.fail(in_.at(), "more than " + std::to_string(max_depth_)
                                  + " brackets are open here");
  ++depth_;
  in_.take(1);
  return true;
}

/// From the opening bracket to the closing one, with commas between items and
/// one at the end or not.
template <class ReadItem>
bool reader::read_items(char closing, std::string_view what,
                        ReadItem read_item) {
  if (!open_bracket() || !in_.skip_space())
    return false;
  while (!in_.take_if(closing)) {
    if (!read_item() || !in_.skip_space())
      return false;
    if (in_.take_if(',')) {
      if (!in_.skip_space())
        return false;
    } else if (in_.peek() != closing) {
      return in_.fail_expected(what);
    }
  }
  --depth_;
  return true;
}

} // namespace

protocol::result<value> read(std::string_view text,
                             const read_options& options) {
  auto failure = [&](position at, const std::string& message) {
    return protocol::make_error(protocol::errc::invalid_argument,
                                to_string(at, options.source) + ": " + message);
  };
  if (auto invalid = find_invalid_utf8(text)) {
    scanner valid(text.substr(0, *invalid));
    valid.take(*invalid);
    return failure(valid.at(), "this byte is not part of any UTF-8 character");
  }
  reader self(text, options);
  value result;
  if (!self.read_text(result))
    return failure(self.problem().failed_at(), self.problem().message());
  return result;
}

std::string to_string(position at, std::string_view source) {
  std::string result(source);
  if (at.line == 0)
    return result;
  if (!result.empty())
    result += ':';
  return result + std::to_string(at.line) + ':' + std::to_string(at.column);
}

} // namespace hiisi::core::ron
