#include "hiisi/render_events.hpp"

#include "hiisi/duration.hpp"
#include "hiisi/render_status.hpp"
#include "hiisi/text.hpp"

#include <array>
#include <cstdio>

namespace hiisi::cli {

namespace {

using protocol::event;
using protocol::event_cause;
using protocol::event_kind;

/// The longest name of a kind is as wide.
constexpr size_t kind_width = 13;

std::string with_decimals(double value, int decimals) {
  std::array<char, 48> text;
  const auto size
      = std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return {text.data(), static_cast<size_t>(size)};
}

std::string memory(uint64_t bytes) {
  constexpr double mib = 1024 * 1024;
  const auto value = static_cast<double>(bytes) / mib;
  return value < 1024 ? with_decimals(value, 1) + " MiB"
                      : with_decimals(value / 1024, 1) + " GiB";
}

std::string cause(const event_cause& by) {
  switch (by.who) {
  case event_cause::kind::user: {
    auto text = "by "
                + (by.user.empty() ? "uid " + std::to_string(by.uid)
                                   : printable(by.user));
    return by.pid > 0 ? text + " (pid " + std::to_string(by.pid) + ")" : text;
  }
  case event_cause::kind::policy:
  case event_cause::kind::process:
    break; // The kind of the event says as much.
  case event_cause::kind::daemon:
    return "by hiidet";
  }
  return {};
}

tint tint_of(const event& what) {
  switch (what.what) {
  case event_kind::start:
  case event_kind::restart:
    return tint::good;
  case event_kind::give_up:
  case event_kind::start_failed:
    return tint::bad;
  case event_kind::backoff:
  case event_kind::refusal:
  case event_kind::hook:
    return tint::busy;
  default:
    return tint::none;
  }
}

} // namespace

std::string describe_event(const event& what) {
  std::string out;
  const auto add = [&](const std::string& text) {
    if (!text.empty())
      out += (out.empty() ? "" : ", ") + text;
  };
  if (what.exit)
    add(describe_exit(*what.exit));
  if (what.used) {
    const std::chrono::duration<double> cpu
        = what.used->user + what.used->system;
    add("CPU " + with_decimals(cpu.count(), 2) + " s");
    add("memory " + memory(what.used->max_rss));
  }
  if (what.delay)
    add("again in " + describe_wait(*what.delay));
  if (what.port)
    add("port " + std::to_string(*what.port));
  // A reason may end in a program's last lines; the first says it.
  add(printable(std::string_view{what.text}.substr(0, what.text.find('\n'))));
  add(cause(what.by));
  return out;
}

std::string render_event(const event& what, std::string_view reader,
                         const layout& how) {
  std::string kind{to_string(what.what)};
  const auto width = kind.size();
  auto out = describe_time(what.at) + "  "
             + colored(std::move(kind), tint_of(what), how)
             + std::string(width < kind_width ? kind_width - width : 0, ' ');
  if (what.id != 0)
    out += "  " + std::to_string(what.id) + " (" + printable(what.name) + ")";
  if (what.uid && what.user != reader)
    out += (what.id != 0 ? " of " : "  ")
           + (what.user.empty() ? "uid " + std::to_string(*what.uid)
                                : printable(what.user));
  if (const auto rest = describe_event(what); !rest.empty())
    out += "  " + rest;
  while (out.ends_with(' '))
    out.pop_back();
  return out + "\n";
}

} // namespace hiisi::cli
