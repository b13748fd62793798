#include "hiisi/render_report.hpp"

#include "hiisi/duration.hpp"
#include "hiisi/render_table.hpp"
#include "hiisi/text.hpp"
#include "protocol/json_writer.hpp"
#include "protocol/rfc3339.hpp"

#include <algorithm>
#include <vector>

namespace hiisi::cli {

namespace {

using protocol::json_value;

bool is_number(const json_value& value) {
  return std::holds_alternative<uint64_t>(value.data)
         || std::holds_alternative<int64_t>(value.data)
         || std::holds_alternative<double>(value.data);
}

/// A single value, as a cell or behind a colon.
std::string text_of(const json_value& value) {
  if (const auto* text = std::get_if<std::string>(&value.data)) {
    if (text->size() == protocol::rfc3339_bytes)
      if (const auto when = protocol::parse_rfc3339(*text))
        return describe_time(*when);
    return *text;
  }
  if (const auto* truth = std::get_if<bool>(&value.data))
    return *truth ? "yes" : "no";
  if (std::holds_alternative<std::nullptr_t>(value.data))
    return "-";
  protocol::json_writer out;
  protocol::write_json(out, value);
  return std::move(out).take();
}

bool is_table(const json_value::array& items) {
  return std::ranges::all_of(items, [](const json_value& item) {
    return std::holds_alternative<json_value::object>(item.data);
  });
}

std::string upper(std::string_view word) {
  std::string out{word};
  for (char& c : out)
    c = c == '_'               ? ' '
        : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A')
                               : c;
  return out;
}

std::string render_items(const json_value::array& items, const layout& how) {
  constexpr std::string_view depth = "depth";
  if (items.empty())
    return "(none)\n";
  std::vector<std::string> keys;
  for (const auto& [key, value] :
       std::get<json_value::object>(items.front().data))
    if (key != depth)
      keys.push_back(key);
  std::vector<std::string> titles;
  for (const auto& key : keys)
    titles.push_back(upper(key));
  std::vector<column> columns;
  for (size_t i = 0; i < keys.size(); ++i) {
    const auto numeric
        = std::ranges::all_of(items, [&](const json_value& item) {
            const auto* value = member_of(item, keys[i]);
            return value == nullptr || is_number(*value)
                   || std::holds_alternative<std::nullptr_t>(value->data);
          });
    // What stands further to the right is dropped first.
    columns.push_back({titles[i], static_cast<int>(keys.size() - i),
                       numeric ? size_t{0} : size_t{8}, numeric});
  }
  std::vector<row> rows;
  for (const auto& item : items) {
    row cells;
    for (const auto& key : keys) {
      const auto* value = member_of(item, key);
      auto text = value ? text_of(*value) : "-";
      if (key == "name")
        if (const auto* level = member_of(item, depth))
          if (const auto* number = std::get_if<uint64_t>(&level->data))
            text.insert(0, 2 * static_cast<size_t>(*number), ' ');
      cells.push_back({std::move(text), tint::none});
    }
    rows.push_back(std::move(cells));
  }
  return render_table(columns, rows, how);
}

/// Keeps the lines of a text apart and makes each printable.
std::string lines_of(std::string_view text) {
  std::string out;
  for (const auto& line : split_lines(text))
    out += printable(line) + "\n";
  return out;
}

} // namespace

const json_value* member_of(const json_value& object, std::string_view key) {
  if (const auto* members = std::get_if<json_value::object>(&object.data))
    for (const auto& [name, value] : *members)
      if (name == key)
        return &value;
  return nullptr;
}

std::string render_report(const json_value& report, const layout& how) {
  std::string singles;
  std::string rest;
  const auto* members = std::get_if<json_value::object>(&report.data);
  if (!members)
    return text_of(report) + "\n";
  const auto tables = std::ranges::count_if(*members, [](const auto& member) {
    return std::holds_alternative<json_value::array>(member.second.data);
  });
  const auto begin_part = [&](const std::string& title) {
    if (!rest.empty())
      rest += "\n";
    if (!title.empty())
      rest += title + ":\n";
  };
  for (const auto& [key, value] : *members) {
    const auto* items = std::get_if<json_value::array>(&value.data);
    const auto* text = std::get_if<std::string>(&value.data);
    if (items && is_table(*items)) {
      begin_part(tables > 1 ? printable(key) : "");
      rest += render_items(*items, how);
    } else if (text && text->find('\n') != text->npos) {
      begin_part("");
      rest += lines_of(*text);
    } else {
      singles += printable(key) + ": " + printable(text_of(value)) + "\n";
    }
  }
  return singles + (singles.empty() || rest.empty() ? "" : "\n") + rest;
}

std::string render_traced(const json_value& message) {
  const auto part = [&](std::string_view key) {
    const auto* value = member_of(message, key);
    return value ? printable(text_of(*value)) : std::string{"-"};
  };
  const auto* at = member_of(message, "at");
  const auto* text = at ? std::get_if<std::string>(&at->data) : nullptr;
  auto when = part("at");
  if (text && text->size() == protocol::rfc3339_bytes)
    // Local time to the second, and the microseconds as they are.
    when = when.substr(std::min<size_t>(11, when.size())) + "."
           + text->substr(20, 6);
  return when + "  " + part("from") + " -> " + part("to") + "  "
         + part("message") + "  " + part("us") + " us\n";
}

} // namespace hiisi::cli
