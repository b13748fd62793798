#include "actors/core/ron/json.hpp"

#include "protocol/json_writer.hpp"

#include <array>
#include <cmath>
#include <cstdio>

namespace hiisi::core::ron {

namespace {

using protocol::json_writer;

void write_floating(json_writer& out, double number) {
  // JSON has neither infinities nor NaN.
  if (!std::isfinite(number)) {
    out.raw("null");
    return;
  }
  std::array<char, 40> text;
  const auto size = std::snprintf(text.data(), text.size(), "%.17g", number);
  out.raw({text.data(), static_cast<size_t>(size)});
}

void write_fields(json_writer& out, const value& what) {
  char before = '{';
  for (const auto& field : what.fields()) {
    out.raw({&before, 1}).text(field.name).raw(":");
    write_json(out, field.content);
    before = ',';
  }
  out.raw(before == '{' ? "{}" : "}");
}

void write_entries(json_writer& out, const value& what) {
  char before = '{';
  for (const auto& entry : what.entries()) {
    out.raw({&before, 1});
    if (const auto* text = entry.key.if_string())
      out.text(*text);
    else if (const auto* number = entry.key.if_integer())
      out.text(to_string(*number));
    else
      out.text(to_string(entry.key.kind()));
    out.raw(":");
    write_json(out, entry.content);
    before = ',';
  }
  out.raw(before == '{' ? "{}" : "}");
}

} // namespace

void write_json(json_writer& out, const value& what) {
  switch (what.kind()) {
  case kind::unit:
    if (what.name().empty())
      out.raw("null");
    else
      out.text(what.name());
    break;
  case kind::boolean:
    out.boolean(*what.if_boolean());
    break;
  case kind::integer:
    out.raw(to_string(*what.if_integer()));
    break;
  case kind::floating:
    write_floating(out, *what.if_floating());
    break;
  case kind::character:
    out.number(static_cast<uint32_t>(*what.if_character()));
    break;
  case kind::string:
    out.text(*what.if_string());
    break;
  case kind::bytes:
    out.text(*what.if_bytes());
    break;
  case kind::option:
    if (what.items().empty())
      out.raw("null");
    else
      write_json(out, what.items().front());
    break;
  case kind::list:
  case kind::tuple:
    out.array(what.items(), [&](const value& item) { write_json(out, item); });
    break;
  case kind::map:
    write_entries(out, what);
    break;
  case kind::structure:
    write_fields(out, what);
    break;
  }
}

} // namespace hiisi::core::ron
