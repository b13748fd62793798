#include "hiisi/render_json.hpp"

#include "hiisi/json_object.hpp"
#include "hiisi/render_status.hpp"
#include "protocol/json_writer.hpp"
#include "protocol/limits.hpp"
#include "protocol/rfc3339.hpp"
#include "protocol/signals.hpp"
#include "protocol/usage_json.hpp"

#include <chrono>

namespace hiisi::cli {

namespace {

using protocol::json_writer;
using object = json_object;

std::string finish(json_writer&& out) {
  out.raw("\n");
  return std::move(out).take();
}

int64_t in_milliseconds(std::chrono::nanoseconds value) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(value).count();
}

void write_error(json_writer& out, const protocol::error& problem) {
  object o{out};
  o.text("code", protocol::to_string(problem.code));
  o.text("message", problem.message);
  o.text_if(!problem.hint.empty(), "hint", problem.hint);
}

void write_exit(json_writer& out, const protocol::exit_info& exit) {
  using kind = protocol::exit_info::kind;
  object o{out};
  o.text("kind", exit.how == kind::exited     ? "exited"
                 : exit.how == kind::signaled ? "signaled"
                                              : "unknown");
  o.number_if(exit.how == kind::exited, "status", exit.value);
  o.number_if(exit.how == kind::signaled, "signal", exit.value);
  o.text_if(exit.how == kind::signaled, "signal_name",
            protocol::signal_name(exit.value));
  o.key("core_dumped").boolean(exit.core_dumped);
  o.text_if(exit.at != protocol::wall_time{}, "at",
            protocol::format_rfc3339(exit.at));
  o.key("out_of_memory").boolean(exit.out_of_memory);
  o.number_if(exit.memory_max.has_value(), "memory_max",
              exit.memory_max.value_or(0));
}

/// Whether they are unused is asked by whoever asks for a status.
void write_ports(object& o, json_writer& out,
                 std::span<const protocol::process_port> ports,
                 bool with_use = false) {
  o.key("ports").array(ports, [&](const protocol::process_port& one) {
    object port{out};
    port.key("port").number(one.port);
    port.text("protocol", one.udp ? "udp" : "tcp");
    port.text_if(!one.label.empty(), "label", one.label);
    if (with_use)
      port.text_if(one.unused_since.has_value(), "unused_since",
                   protocol::format_rfc3339(
                       one.unused_since.value_or(protocol::wall_time{})));
  });
}

void write_entry(json_writer& out, const protocol::status_entry& entry,
                 const process_details& details) {
  object o{out};
  o.key("id").number(entry.id);
  o.text("name", entry.name);
  o.text("user", entry.user);
  o.key("uid").number(entry.uid);
  o.text("state", protocol::to_string(entry.state));
  o.text("description", describe_state(entry));
  o.key("running").boolean(is_up(entry.state));
  o.number_if(is_up(entry.state), "uptime_ms", in_milliseconds(entry.uptime));
  o.key("command").array(entry.argv,
                         [&](const std::string& word) { out.text(word); });
  o.text_if(entry.full, "restart_policy", protocol::to_string(entry.policy));
  o.number_if(entry.full, "restarts", entry.restarts);
  o.key("full").boolean(entry.full);
  o.text_if(entry.full, "cwd", entry.cwd);
  o.number_if(entry.pid > 0, "pid", entry.pid);
  o.text_if(entry.created != protocol::wall_time{}, "created_at",
            protocol::format_rfc3339(entry.created));
  write_ports(o, out, entry.ports, true);
  o.key("ports_held").boolean(entry.held);
  o.key("timestamps").boolean(entry.timestamps);
  o.key("pty").boolean(entry.terminal);
  if (entry.last_exit)
    write_exit(o.key("last_exit"), *entry.last_exit);
  else
    o.key("last_exit").raw("null");
  o.text_if(!entry.reason.empty(), "reason", entry.reason);
  o.number_if(entry.next_restart.has_value(), "next_restart_ms",
              in_milliseconds(
                  entry.next_restart.value_or(std::chrono::nanoseconds{0})));
  const auto& logs = details.logs;
  o.text_if(logs.has_value(), "stdout_path",
            logs ? logs->standard_output : std::string{});
  o.text_if(logs.has_value(), "stderr_path",
            logs ? logs->standard_error : std::string{});
  if (logs)
    o.key("stderr_tail")
        .array(details.stderr_tail,
               [&](const std::string& line) { out.text(line); });
  else
    o.key("stderr_tail").raw("null");
  if (logs)
    o.key("stdout_tail")
        .array(details.stdout_tail,
               [&](const std::string& line) { out.text(line); });
  else
    o.key("stdout_tail").raw("null");
  o.key("ends").array(details.ends, [&](const protocol::event& e) {
    write_exit(out, *e.exit);
  });
  if (entry.usage.empty())
    o.key("usage").raw("null");
  else
    protocol::write_usage(o.key("usage"), entry.usage.front());
}

} // namespace

std::string json_started(const protocol::process_started& what) {
  json_writer out;
  {
    object o{out};
    o.key("id").number(what.id);
    o.text("name", what.name);
    write_ports(o, out, what.ports);
  }
  return finish(std::move(out));
}

std::string json_status(std::span<const protocol::status_entry> entries,
                        std::span<const process_details> details) {
  json_writer out{512 * (entries.size() + 1)};
  {
    object o{out};
    size_t i = 0;
    o.key("processes").array(entries, [&](const auto& entry) {
      write_entry(out, entry,
                  details.empty() ? process_details{} : details[i++]);
    });
  }
  return finish(std::move(out));
}

std::string json_outcomes(std::string_view action,
                          std::span<const outcome> outcomes) {
  json_writer out;
  {
    object o{out};
    o.text("action", action);
    o.key("results").array(outcomes, [&](const outcome& one) {
      object result{out};
      result.text("target", one.target);
      result.key("ok").boolean(!one.problem);
      if (one.process) {
        result.key("id").number(one.process->id);
        result.text("name", one.process->name);
      }
      if (one.removed) {
        const auto number = [&](uint16_t port) { out.number(port); };
        result.key("freed_ports").array(one.removed->freed_ports, number);
        result.key("kept_ports").array(one.removed->kept_ports, number);
      }
      if (one.problem)
        write_error(result.key("error"), *one.problem);
    });
  }
  return finish(std::move(out));
}

std::string json_logs(std::span<const stream_lines> streams) {
  json_writer out;
  {
    object o{out};
    for (const stream_lines& stream : streams) {
      o.key(stream.stream);
      object part{out};
      part.text("path", stream.path);
      part.key("lines").array(stream.lines,
                              [&](const std::string& line) { out.text(line); });
      part.text_if(!stream.problem.empty(), "error", stream.problem);
    }
  }
  return finish(std::move(out));
}

std::string json_version(std::string_view version,
                         const std::optional<protocol::version_info>& daemon) {
  json_writer out;
  {
    object o{out};
    o.text("version", version);
    o.key("protocol").number(protocol::protocol_version);
    if (daemon) {
      o.key("daemon");
      object part{out};
      part.text("version", daemon->version);
      part.key("protocol").number(daemon->protocol);
      part.key("pid").number(daemon->pid);
      part.key("uid").number(daemon->uid);
      part.key("system").boolean(daemon->system);
    } else {
      o.key("daemon").raw("null");
    }
  }
  return finish(std::move(out));
}

std::string json_help(std::string_view topic, std::string_view text) {
  json_writer out;
  {
    object o{out};
    o.text("topic", topic);
    o.text("text", text);
  }
  return finish(std::move(out));
}

std::string json_error(const protocol::error& problem) {
  json_writer out;
  {
    object o{out};
    write_error(o.key("error"), problem);
  }
  return finish(std::move(out));
}

} // namespace hiisi::cli
