#include "hiidet/configuration.hpp"

#include "actors/core/ron/reader.hpp"
#include "actors/core/ron/struct_reader.hpp"
#include "actors/os/file.hpp"
#include "hiidet/limit_settings.hpp"
#include "hiidet/log_settings.hpp"
#include "hiidet/port_settings.hpp"
#include "protocol/signals.hpp"

#include <chrono>

namespace hiisi::hiidet {

namespace {

using core::ron::struct_reader;
using core::ron::view;
using protocol::result;
using std::chrono::milliseconds;

constexpr size_t max_configuration_bytes = 1024 * 1024;
constexpr uint32_t hour_in_seconds = 3600;
constexpr size_t one_mib = 1024 * 1024;

/// A whole number of seconds, from `least` to an hour.
auto seconds_into(milliseconds& out, uint32_t least) {
  return [&out, least](const view& from) -> result<void> {
    auto number = from.as_integer<uint32_t>(least, hour_in_seconds);
    if (!number)
      return std::move(number).failure();
    out = std::chrono::seconds{*number};
    return {};
  };
}

auto text_into(std::optional<std::string>& out) {
  return [&out](const view& from) -> result<void> {
    auto text = from.as_string();
    if (!text)
      return std::move(text).failure();
    if (!text->starts_with('/'))
      return from.fail("expected an absolute path");
    out = *std::move(text);
    return {};
  };
}

result<void> read_level(const view& from, log_level& out) {
  auto index = from.as_variant({"debug", "info", "warning", "error"});
  if (!index)
    return std::move(index).failure();
  out = static_cast<log_level>(*index);
  return {};
}

result<void> read_http(const view& from, std::optional<http_address>& out) {
  auto text = from.as_string();
  if (!text)
    return std::move(text).failure();
  auto address = read_http_address(*text);
  if (!address)
    return from.fail(address.failure().message);
  out = *std::move(address);
  return {};
}

result<void> read_names(const view& from, std::vector<std::string>& out) {
  auto items = from.as_list();
  if (!items)
    return std::move(items).failure();
  for (const auto& item : *items) {
    auto name = item.as_string();
    if (!name)
      return std::move(name).failure();
    out.push_back(*std::move(name));
  }
  return {};
}

result<void> read_stop(const view& from, core::stop_settings& out) {
  return struct_reader(from)
      .optional_by("signal",
                   [&](const view& v) -> result<void> {
                     auto name = v.as_string();
                     if (!name)
                       return std::move(name).failure();
                     auto number = protocol::signal_from_string(*name);
                     if (!number)
                       return v.expected("a signal such as \"SIGTERM\"");
                     out.signal = *number;
                     return {};
                   })
      .optional_by("timeout_s", seconds_into(out.timeout, 0))
      .finish();
}

result<void> read_restart(const view& from, core::restart_settings& out) {
  return struct_reader(from)
      .optional_by("backoff_max_s", seconds_into(out.backoff_max, 1))
      .optional_by("reset_after_s", seconds_into(out.reset_after, 1))
      .optional("give_up_after", out.give_up_after, 1, 1'000'000)
      .finish();
}

/// Bounds of the event log. A file is read whole into memory at a time at most,
/// so it stays small.
result<void> read_events(const view& from, configuration& out) {
  size_t mib = out.event_file_bytes / one_mib;
  auto done = struct_reader(from)
                  .optional("file_mib", mib, 1, 64)
                  .optional("files", out.event_files, 1, 1000)
                  .finish();
  out.event_file_bytes = mib * one_mib;
  return done;
}

} // namespace

result<configuration> read_configuration(std::string_view text,
                                         std::string_view source) {
  auto content = core::ron::read(text, {.source = std::string{source}});
  if (!content)
    return std::move(content).failure();
  configuration c;
  auto done
      = struct_reader(view{*content, source})
            .optional("user", c.user)
            .optional("admin_group", c.admin_group)
            .optional("system_users", c.system_users)
            .optional_by("socket", text_into(c.socket))
            .optional_by("state_dir", text_into(c.state_dir))
            .optional_by("runtime_dir", text_into(c.runtime_dir))
            .optional_by("log_level",
                         [&](const view& v) { return read_level(v, c.level); })
            .optional_by("http",
                         [&](const view& v) { return read_http(v, c.http); })
            .optional_by(
                "http_names",
                [&](const view& v) { return read_names(v, c.http_names); })
            .optional_by("limits",
                         [&](const view& v) { return read_limits(v, c); })
            .optional_by(
                "stop",
                [&](const view& v) { return read_stop(v, c.process.stop); })
            .optional_by("restart",
                         [&](const view& v) {
                           return read_restart(v, c.process.restart);
                         })
            .optional("finished_kept", c.finished_kept, 0, 1'000'000)
            .optional_by("events",
                         [&](const view& v) { return read_events(v, c); })
            .optional_by("hooks",
                         [&](const view& v) {
                           return struct_reader(v)
                               .optional_by("timeout_s",
                                            seconds_into(c.hooks.timeout, 1))
                               .finish();
                         })
            .optional_by(
                "logs",
                [&](const view& v) { return read_log_settings(v, c.logs); })
            .optional_by(
                "ports",
                [&](const view& v) { return read_port_settings(v, c.ports); })
            .finish();
  if (!done)
    return std::move(done).failure();
  return c;
}

result<configuration> load_configuration(const std::string& path,
                                         bool required) {
  auto text = os::read_file(path, max_configuration_bytes);
  if (text)
    return read_configuration(*text, path);
  if (!required && text.failure().code == protocol::errc::not_found)
    return configuration{};
  return std::move(text).failure();
}

} // namespace hiisi::hiidet
