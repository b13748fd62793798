#include "protocol/event.hpp"

#include "protocol/json_cursor.hpp"
#include "protocol/json_pieces.hpp"
#include "protocol/json_writer.hpp"
#include "protocol/limits.hpp"
#include "protocol/utf8.hpp"

#include <array>

namespace hiisi::protocol {

namespace {

constexpr std::array<std::string_view, event_kind_count> kinds = {
    "start",    "restart", "start_failed", "exit", "backoff",
    "give_up",  "stop",    "remove",       "port", "configuration",
    "recovery", "refusal", "hook",
};
// A value without a name would leave the last entry empty.
static_assert(!kinds.back().empty());

constexpr std::array<std::string_view, 4> causes = {
    "daemon",
    "user",
    "policy",
    "process",
};

event_cause cause_at(const json_cursor& at) {
  event_cause by;
  const auto who = at.member("who");
  const auto& word = who.text();
  for (size_t i = 0; i < causes.size(); ++i)
    if (causes[i] == word)
      by.who = static_cast<event_cause::kind>(i);
  // Who they are is said of users alone.
  if (by.who != event_cause::kind::user)
    return by;
  if (const auto uid = at.member("uid"); uid.present())
    by.uid = static_cast<uint32_t>(uid.number(0, UINT32_MAX));
  if (const auto user = at.member("user"); user.present())
    by.user = user.text();
  if (const auto pid = at.member("pid"); pid.present())
    by.pid = static_cast<int32_t>(pid.signed_number(INT32_MIN, INT32_MAX));
  return by;
}

resource_use use_at(const json_cursor& at) {
  resource_use used;
  used.user = std::chrono::microseconds{
      at.member("cpu_user_us").signed_number(0, INT64_MAX)};
  used.system = std::chrono::microseconds{
      at.member("cpu_system_us").signed_number(0, INT64_MAX)};
  used.max_rss = at.member("max_rss_bytes").number(0, UINT64_MAX);
  return used;
}

} // namespace

std::string_view to_string(event_kind what) noexcept {
  const auto index = static_cast<size_t>(what);
  return index < kinds.size() ? kinds[index] : kinds.back();
}

std::optional<event_kind>
event_kind_from_string(std::string_view name) noexcept {
  for (size_t i = 0; i < kinds.size(); ++i)
    if (kinds[i] == name)
      return static_cast<event_kind>(i);
  return std::nullopt;
}

std::string_view to_string(event_cause::kind who) noexcept {
  const auto index = static_cast<size_t>(who);
  return index < causes.size() ? causes[index] : causes.front();
}

void write_event(json_writer& out, const event& what) {
  out.raw(R"({"number":)").number(what.number);
  out.raw(R"(,"time":)");
  write_time(out, what.at);
  out.raw(R"(,"kind":")").raw(to_string(what.what)).raw(R"(","uid":)");
  if (what.uid)
    out.number(*what.uid);
  else
    out.raw("null");
  out.raw(R"(,"id":)").number(what.id);
  out.raw(R"(,"name":)").text(what.name);
  out.raw(R"(,"user":)").text(what.user);
  out.raw(R"(,"by":{"who":")").raw(to_string(what.by.who)).raw("\"");
  if (what.by.who == event_cause::kind::user) {
    out.raw(R"(,"uid":)").number(what.by.uid);
    out.raw(R"(,"user":)").text(what.by.user);
    out.raw(R"(,"pid":)").number(what.by.pid);
  }
  out.raw("}");
  if (what.run != 0)
    out.raw(R"(,"run":)").number(what.run);
  if (what.exit) {
    out.raw(R"(,"exit":{"kind":")").raw(to_string(what.exit->how));
    out.raw(R"(","value":)").number(what.exit->value);
    out.raw(R"(,"core_dumped":)").boolean(what.exit->core_dumped);
    if (what.exit->out_of_memory)
      out.raw(R"(,"out_of_memory":true)");
    if (what.exit->memory_max)
      out.raw(R"(,"memory_max":)").number(*what.exit->memory_max);
    out.raw("}");
  }
  if (what.used) {
    out.raw(R"(,"used":{"cpu_user_us":)").number(what.used->user.count());
    out.raw(R"(,"cpu_system_us":)").number(what.used->system.count());
    out.raw(R"(,"max_rss_bytes":)").number(what.used->max_rss).raw("}");
  }
  if (what.delay)
    out.raw(R"(,"delay_ms":)").number(what.delay->count());
  if (what.port)
    out.raw(R"(,"port":)").number(*what.port);
  if (!what.text.empty())
    out.raw(R"(,"text":)").text(what.text);
  out.raw("}");
}

std::string encode_event(const event& what) {
  json_writer out{320 + what.text.size()};
  write_event(out, what);
  return std::move(out).take();
}

event event_at(const json_cursor& at) {
  event out;
  out.number = at.member("number").number(0, UINT64_MAX);
  out.at = read_time(at.member("time"));
  const auto kind = at.member("kind");
  if (const auto known = event_kind_from_string(kind.text()))
    out.what = *known;
  else
    kind.fail(errc::bad_request,
              "unknown kind \"" + excerpt(kind.text()) + "\"");
  if (const auto uid = at.member("uid"); uid.present())
    out.uid = static_cast<uint32_t>(uid.number(0, UINT32_MAX));
  out.id = static_cast<uint32_t>(at.member("id").number(0, UINT32_MAX));
  out.name = at.member("name").text();
  out.user = at.member("user").text();
  const auto by = at.member("by");
  out.by = cause_at(by);
  if (const auto run = at.member("run"); run.present())
    out.run = static_cast<uint32_t>(run.number(0, UINT32_MAX));
  if (const auto exit = at.member("exit"); exit.present()) {
    out.exit = read_exit(exit);
    out.exit->at = out.at;
  }
  if (const auto used = at.member("used"); used.present())
    out.used = use_at(used);
  if (const auto delay = at.member("delay_ms"); delay.present())
    out.delay = std::chrono::milliseconds{delay.signed_number(0, INT64_MAX)};
  if (const auto port = at.member("port"); port.present())
    out.port = static_cast<uint16_t>(port.number(0, max_port));
  if (const auto text = at.member("text"); text.present())
    out.text = text.text();
  return out;
}

result<event> decode_event(std::string_view text) {
  auto parsed = parse_json(text);
  if (!parsed)
    return std::move(parsed).failure();
  std::optional<error> failure;
  const json_cursor root{*parsed, failure};
  auto out = event_at(root);
  if (failure)
    return *std::move(failure);
  return out;
}

} // namespace hiisi::protocol
