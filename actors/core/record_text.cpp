#include "actors/core/record_text.hpp"

#include "actors/core/ron/reader.hpp"
#include "actors/core/ron/struct_reader.hpp"
#include "actors/core/ron/writer.hpp"
#include "protocol/limits.hpp"
#include "protocol/rfc3339.hpp"
#include "protocol/utf8.hpp"

#include <algorithm>

namespace hiisi::core {

namespace {

using namespace std::chrono;
using protocol::exit_info;
using protocol::result;
using ron::struct_builder;
using ron::struct_reader;
using ron::value;
using ron::view;

/// Raised when a file of today's could not be understood by yesterday's code.
constexpr uint32_t format_version = 1;

// -- writing ------------------------------------------------------------------

value texts(const std::vector<std::string>& all) {
  return ron::list_of(all);
}

value port_list(const std::vector<protocol::process_port>& ports) {
  std::vector<value> items;
  for (const auto& one : ports) {
    struct_builder fields;
    fields.add("port", one.port);
    if (!one.label.empty())
      fields.add("label", one.label);
    if (one.udp)
      fields.add("udp", true);
    if (one.named)
      fields.add("named", true);
    items.push_back(fields.build());
  }
  return value::list(std::move(items));
}

value limit_map(const std::map<protocol::limited_resource, uint64_t>& limits) {
  std::vector<ron::entry> entries;
  for (const auto& [what, most] : limits)
    entries.push_back({value(std::string{to_string(what)}), value(most)});
  return value::map(std::move(entries));
}

value environment_map(const environment& env) {
  std::vector<ron::entry> entries;
  entries.reserve(env.size());
  for (const auto& [key, content] : env)
    entries.push_back({value(key), value(content)});
  return value::map(std::move(entries));
}

value exit_value(const exit_info& exit) {
  struct_builder fields;
  switch (exit.how) {
  case exit_info::kind::exited:
    fields.add("exited", exit.value);
    break;
  case exit_info::kind::signaled:
    fields.add("signaled", exit.value).add("core_dumped", exit.core_dumped);
    break;
  case exit_info::kind::unknown:
    fields.add("unknown", true);
    break;
  }
  if (exit.out_of_memory)
    fields.add("out_of_memory", true);
  if (exit.memory_max)
    fields.add("memory_max", *exit.memory_max);
  fields.add("at", protocol::format_rfc3339(exit.at));
  return fields.build();
}

/// The fields without the brackets around them.
std::string fields_alone(struct_builder& fields) {
  auto text = ron::write(fields.build());
  // "(\n" before and ")\n" behind.
  return text.substr(2, text.size() - 4);
}

std::string head_text(const process_record& record, const std::string& reason) {
  struct_builder fields;
  fields.add("version", format_version)
      .add("wanted", record.wanted)
      .add("state", std::string{to_string(record.state)})
      .add("run", record.run)
      .add("restarts", record.restarts)
      .add("quick_failures", record.quick_failures);
  if (record.last_exit)
    fields.add("last_exit", exit_value(*record.last_exit));
  if (!reason.empty())
    fields.add("reason", reason);
  return "(\n" + fields_alone(fields);
}

std::string body_text(const process_spec& spec) {
  struct_builder fields;
  fields.add("id", spec.id)
      .add("name", spec.name)
      .add("uid", spec.uid)
      .add("user", spec.user)
      .add("argv", texts(spec.argv))
      .add("cwd", spec.cwd)
      .add("policy", std::string{to_string(spec.policy)});
  if (spec.stop_signal)
    fields.add("stop_signal", *spec.stop_signal);
  if (spec.stop_timeout)
    fields.add("stop_timeout_ms", spec.stop_timeout->count());
  if (spec.logs.bytes)
    fields.add("log_bytes", *spec.logs.bytes);
  if (spec.logs.keep)
    fields.add("log_keep", *spec.logs.keep);
  if (!spec.home.empty())
    fields.add("home", spec.home);
  // Only where there is something to say, so that what needs none of it can be
  // read by a release that knows no ports.
  if (!spec.ports.empty())
    fields.add("ports", port_list(spec.ports));
  if (spec.listen)
    fields.add("listen", *spec.listen);
  if (!spec.limits.empty())
    fields.add("limits", limit_map(spec.limits));
  if (spec.timestamps)
    fields.add("timestamps", true);
  if (spec.terminal)
    fields.add("terminal", true);
  fields.add("umask", spec.umask)
      .add("created", protocol::format_rfc3339(spec.created))
      .add("env", environment_map(*spec.env));
  return fields_alone(fields) + ")\n";
}

// -- reading ------------------------------------------------------------------

result<void> read_time(const view& from, protocol::wall_time& out) {
  auto text = from.as_string();
  if (!text)
    return std::move(text).failure();
  auto time = protocol::parse_rfc3339(*text);
  if (!time)
    return from.expected("a time such as \"2024-11-30T18:41:08.5Z\"");
  out = *time;
  return {};
}

/// Reads one of the words that `parse` knows.
template <class T, class Parse>
auto word(T& out, Parse parse, std::string_view what) {
  return [&out, parse, what](const view& from) -> result<void> {
    auto text = from.as_string();
    if (!text)
      return std::move(text).failure();
    auto known = parse(*text);
    if (!known)
      return from.expected(what);
    out = *known;
    return {};
  };
}

result<void> read_environment(const view& from, environment& out) {
  auto entries = from.as_map();
  if (!entries)
    return std::move(entries).failure();
  for (const auto& [key, content] : *entries) {
    std::string k;
    std::string v;
    if (auto done = ron::read_into(key, k); !done)
      return done;
    if (auto done = ron::read_into(content, v); !done)
      return done;
    out[std::move(k)] = std::move(v);
  }
  return {};
}

result<void> read_limits(const view& from,
                         std::map<protocol::limited_resource, uint64_t>& out) {
  auto entries = from.as_map();
  if (!entries)
    return std::move(entries).failure();
  for (const auto& [key, content] : *entries) {
    auto word = key.as_string();
    if (!word)
      return std::move(word).failure();
    const auto what = protocol::limited_resource_from_string(*word);
    if (!what)
      return key.expected("\"nofile\", \"nproc\", \"cpu\", \"memory\" or "
                          "\"cpus\"");
    auto most = content.as_integer<uint64_t>(least_of(*what), most_of(*what));
    if (!most)
      return std::move(most).failure();
    out[*what] = *most;
  }
  return {};
}

result<void> read_port_list(const view& from,
                            std::vector<protocol::process_port>& out) {
  auto items = from.as_list();
  if (!items)
    return std::move(items).failure();
  for (const auto& item : *items) {
    protocol::process_port one;
    auto done = struct_reader(item)
                    .required("port", one.port, protocol::min_port,
                              protocol::max_port)
                    .optional("label", one.label)
                    .optional("udp", one.udp)
                    .optional("named", one.named)
                    .finish();
    if (!done)
      return done;
    out.push_back(std::move(one));
  }
  return {};
}

result<void> read_ending(const view& from, std::optional<exit_info>& out) {
  exit_info exit;
  bool unknown = false;
  auto done
      = struct_reader(from)
            .optional_by("exited",
                         [&](const view& v) {
                           exit.how = exit_info::kind::exited;
                           return ron::read_into(v, exit.value);
                         })
            .optional_by("signaled",
                         [&](const view& v) {
                           exit.how = exit_info::kind::signaled;
                           return ron::read_into(v, exit.value);
                         })
            .optional("unknown", unknown)
            .optional("core_dumped", exit.core_dumped)
            .optional("out_of_memory", exit.out_of_memory)
            .optional_by("memory_max",
                         [&](const view& v) {
                           return ron::read_into(v, exit.memory_max.emplace());
                         })
            .optional_by("at",
                         [&](const view& v) { return read_time(v, exit.at); })
            .finish();
  if (done)
    out = exit;
  return done;
}

result<void> check_record(const view& from, const process_spec& spec) {
  if (spec.id == 0)
    return from.fail("id must not be 0");
  if (spec.argv.empty())
    return from.fail("argv must hold at least the program");
  if (spec.name.empty())
    return from.fail("name must not be empty");
  if (spec.listen && spec.ports.empty())
    return from.fail("listen needs ports");
  return {};
}

} // namespace

std::string write_record_head(const process_record& record) {
  // The longest head without a reason is about 300 bytes.
  for (auto reason = record.reason;;) {
    auto head = head_text(record, reason);
    if (head.size() < record_head_bytes) {
      head.resize(record_head_bytes - 1, ' ');
      head += '\n';
      return head;
    }
    // Escapes make the surplus look larger than it is, so not all at once.
    const auto surplus
        = std::min(head.size() - record_head_bytes + 8, reason.size() / 2 + 1);
    reason = protocol::to_valid_utf8(
        reason.substr(0, reason.size() - std::min(surplus, reason.size())));
    while (!reason.empty() && reason.ends_with("\xEF\xBF\xBD"))
      reason.resize(reason.size() - 3);
  }
}

std::string write_record(const process_record& record) {
  return write_record_head(record) + body_text(*record.spec);
}

result<process_record> read_record(std::string_view text,
                                   std::string_view source,
                                   const protocol::shared_environment& usual) {
  auto content = ron::read(text, {.source = std::string{source}});
  if (!content)
    return std::move(content).failure();
  const view root{*content, source};
  auto spec = std::make_shared<process_spec>();
  environment env;
  process_record record;
  uint32_t version = 0;
  std::optional<int64_t> stop_timeout;
  auto plain = [](auto& out) {
    return [&out](const view& v) {
      typename std::decay_t<decltype(out)>::value_type content_of{};
      auto done = ron::read_into(v, content_of);
      if (done)
        out = content_of;
      return done;
    };
  };
  auto done
      = struct_reader(root)
            .required("version", version, 1, format_version)
            .required("id", spec->id)
            .required("name", spec->name)
            .required("uid", spec->uid)
            .optional("user", spec->user)
            .optional("home", spec->home)
            .required("argv", spec->argv)
            .required("cwd", spec->cwd)
            .optional_by("policy", word(spec->policy,
                                        protocol::restart_policy_from_string,
                                        "\"no\", \"on-failure\" or \"always\""))
            .optional_by("stop_signal", plain(spec->stop_signal))
            .optional_by("stop_timeout_ms", plain(stop_timeout))
            .optional("umask", spec->umask, 0, 0777)
            .optional_by("log_bytes", plain(spec->logs.bytes))
            .optional_by("log_keep", plain(spec->logs.keep))
            .optional_by(
                "ports",
                [&](const view& v) { return read_port_list(v, spec->ports); })
            .optional_by("listen", plain(spec->listen))
            .optional_by(
                "limits",
                [&](const view& v) { return read_limits(v, spec->limits); })
            .optional("timestamps", spec->timestamps)
            .optional("terminal", spec->terminal)
            .optional_by(
                "created",
                [&](const view& v) { return read_time(v, spec->created); })
            .optional("wanted", record.wanted)
            .optional_by("state",
                         word(record.state, protocol::process_state_from_string,
                              "a state such as \"running\""))
            .optional("run", record.run)
            .optional("restarts", record.restarts)
            .optional("quick_failures", record.quick_failures)
            .optional_by(
                "last_exit",
                [&](const view& v) { return read_ending(v, record.last_exit); })
            .optional("reason", record.reason)
            .optional_by(
                "env", [&](const view& v) { return read_environment(v, env); })
            .finish();
  if (!done)
    return std::move(done).failure();
  if (auto sound = check_record(root, *spec); !sound)
    return std::move(sound).failure();
  if (stop_timeout)
    spec->stop_timeout = milliseconds{std::max<int64_t>(*stop_timeout, 0)};
  spec->env = std::move(env);
  spec->env.share_with(usual);
  record.spec = std::move(spec);
  return record;
}

std::string write_live_record(const live_record& record) {
  auto text = ron::write(struct_builder{}
                             .add("version", format_version)
                             .add("id", record.id)
                             .add("run", record.run)
                             .add("uid", record.uid)
                             .add("pid", record.pid)
                             .add("pidfs_inode", record.pidfs_inode)
                             .add("start_ticks", record.start_ticks)
                             .add("started_at_ns", record.started_at.count())
                             .add("boot_id", record.boot_id)
                             .build());
  text.resize(std::max(text.size(), record_head_bytes), ' ');
  return text;
}

result<live_record> read_live_record(std::string_view text,
                                     std::string_view source) {
  auto content = ron::read(text, {.source = std::string{source}});
  if (!content)
    return std::move(content).failure();
  live_record record;
  uint32_t version = 0;
  int64_t started_at = 0;
  auto done = struct_reader(view{*content, source})
                  .required("version", version, 1, format_version)
                  .required("id", record.id)
                  .required("run", record.run)
                  .required("uid", record.uid)
                  .required("pid", record.pid)
                  .optional("pidfs_inode", record.pidfs_inode)
                  .optional("start_ticks", record.start_ticks)
                  .optional("started_at_ns", started_at)
                  .required("boot_id", record.boot_id)
                  .finish();
  if (!done)
    return std::move(done).failure();
  record.started_at = boot_time{started_at};
  return record;
}

} // namespace hiisi::core
