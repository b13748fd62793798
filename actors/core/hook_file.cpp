#include "actors/core/hook_file.hpp"

#include "protocol/codec_observe.hpp"
#include "protocol/json_cursor.hpp"
#include "protocol/json_writer.hpp"
#include "protocol/rfc3339.hpp"

#include <algorithm>
#include <optional>

namespace hiisi::core {

namespace {

using protocol::json_cursor;

kept_hook hook_at(const json_cursor& item) {
  kept_hook hook;
  hook.number
      = static_cast<uint32_t>(item.member("number").number(1, UINT32_MAX));
  const auto created = item.member("created");
  if (const auto when = protocol::parse_rfc3339(created.text()))
    hook.created = *when;
  else
    created.fail(protocol::errc::bad_request, "no RFC 3339 time");
  const auto request = item.member("request");
  const auto add = request.member("HookAdd");
  hook.what
      = std::get<protocol::hook_add_request>(protocol::hook_add_command(add));
  return hook;
}

} // namespace

std::string write_hooks(const kept_hooks& what) {
  protocol::json_writer out{512};
  out.raw(R"({"next_number":)").number(what.next_number);
  out.raw(R"(,"hooks":)");
  out.array(what.hooks, [&](const kept_hook& hook) {
    out.raw("\n{\"number\":").number(hook.number);
    out.raw(R"(,"created":)").text(protocol::format_rfc3339(hook.created));
    out.raw(R"(,"request":)");
    protocol::write_command(out, hook.what);
    out.raw("}");
  });
  out.raw("}\n");
  return std::move(out).take();
}

protocol::result<kept_hooks> read_hooks(std::string_view text) {
  auto parsed = protocol::parse_json(text);
  if (!parsed)
    return std::move(parsed).failure();
  std::optional<protocol::error> failure;
  const json_cursor root{*parsed, failure};
  kept_hooks out;
  out.next_number
      = static_cast<uint32_t>(root.member("next_number").number(1, UINT32_MAX));
  const auto hooks = root.member("hooks");
  hooks.for_each_item([&](const json_cursor& item) {
    out.hooks.push_back(hook_at(item));
    out.next_number = std::max(out.next_number, out.hooks.back().number + 1);
  });
  if (failure)
    return *std::move(failure);
  return out;
}

} // namespace hiisi::core
