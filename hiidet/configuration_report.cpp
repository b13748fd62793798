#include "hiidet/configuration_report.hpp"

#include "actors/core/ron/reader.hpp"
#include "actors/core/ron/writer.hpp"
#include "hiidet/monitoring.hpp"
#include "protocol/json_writer.hpp"
#include "protocol/signals.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <optional>
#include <ratio>
#include <set>
#include <span>
#include <string_view>
#include <vector>

namespace hiisi::hiidet {

namespace {

using core::ron::value;

/// What one key stands at.
struct setting_shown {
  std::string key;
  std::string what;
  std::string from;
};

/// All settings, one after the other, each with its source.
class report {
public:
  explicit report(const std::string& text) {
    if (auto read = core::ron::read(text, {}))
      file_ = *std::move(read);
  }

  void add(std::string key, std::string what) {
    const auto from = in_file(key) ? "file" : "default";
    add(std::move(key), std::move(what), from);
  }
  void add(std::string key, std::string what, std::string from) {
    known_.insert(key);
    all_.push_back({std::move(key), std::move(what), std::move(from)});
  }
  void add(std::string key, size_t number) {
    add(std::move(key), std::to_string(number));
  }
  void seconds(std::string key, std::chrono::nanoseconds time) {
    add(std::move(key),
        static_cast<size_t>(
            std::chrono::duration_cast<std::chrono::seconds>(time).count()));
  }

  /// A place: from the command line, the file, or as the environment has it.
  void place(std::string key, std::string what, bool on_command_line,
             bool system) {
    const auto from = on_command_line ? "command line"
                      : in_file(key)  ? "file"
                      : system        ? "default"
                                      : "environment";
    add(std::move(key), std::move(what), from);
  }

  /// Ranges of ports in the file's own words, or `otherwise`.
  void ranges(std::string key, std::span<const core::port_range> all) {
    std::string text = "[";
    for (const auto& range : all)
      text += (text.size() > 1 ? "," : "") + ("(" + std::to_string(range.first))
              + "," + std::to_string(range.last) + ")";
    add(std::move(key), text + "]");
  }
  void ranges(std::string key,
              const std::optional<std::vector<core::port_range>>& all,
              std::string otherwise) {
    if (all)
      ranges(std::move(key), *all);
    else
      add(std::move(key), std::move(otherwise));
  }

  /// Whatever else the file sets, as it stands there.
  void add_rest() {
    for (const auto& field : file_.fields())
      if (field.content.fields().empty())
        add_unknown(field.name, field.content);
      else
        for (const auto& inner : field.content.fields())
          add_unknown(field.name + "." + inner.name, inner.content);
  }

  [[nodiscard]] bool in_file(std::string_view key) const {
    const auto* at = &file_;
    while (at) {
      const auto dot = key.find('.');
      at = at->find(key.substr(0, dot));
      if (dot == key.npos)
        return at != nullptr;
      key.remove_prefix(dot + 1);
    }
    return false;
  }

  std::string json(const std::string& path, bool there) const {
    protocol::json_writer out{2048};
    out.raw(R"({"file":)").text(path);
    out.raw(R"(,"file_is_there":)").boolean(there).raw(R"(,"settings":)");
    out.array(all_, [&](const setting_shown& one) {
      out.raw(R"({"key":)").text(one.key);
      out.raw(R"(,"value":)").text(one.what);
      out.raw(R"(,"from":)").text(one.from).raw("}");
    });
    out.raw("}");
    return std::move(out).take();
  }

private:
  void add_unknown(const std::string& key, const value& content) {
    if (known_.count(key) != 0)
      return;
    core::ron::write_options one_line;
    one_line.compact = true;
    add(key, core::ron::write(content, one_line), "file");
  }

  value file_;
  std::set<std::string> known_;
  std::vector<setting_shown> all_;
};

std::string words_for(bool truth) {
  return truth ? "true" : "false";
}

/// As it is written in the file, without quotes.
std::string words_for(const http_address& at) {
  switch (at.how) {
  case http_address::kind::tcp:
    return (at.where.find(':') == at.where.npos ? at.where
                                                : "[" + at.where + "]")
           + ":" + std::to_string(at.port);
  case http_address::kind::unix_socket:
    return at.where;
  case http_address::kind::off:
    break;
  }
  return "off";
}

std::string words_for(std::span<const std::string> names) {
  std::string text;
  for (const auto& name : names)
    text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "none" : text;
}

/// Days, with as many decimals as they have.
std::string days(std::chrono::seconds time) {
  std::array<char, 32> text{};
  std::snprintf(
      text.data(), text.size(), "%.6g",
      std::chrono::duration<double, std::ratio<86'400>>{time}.count());
  return text.data();
}

void add_ports(report& all, const port_settings& p) {
  const std::string kernel = "as the kernel says";
  all.ranges("ports.avoid", p.avoid);
  all.ranges("ports.deny", p.deny);
  all.ranges("ports.ephemeral", p.ephemeral, kernel);
  all.ranges("ports.reserved", p.reserved, kernel);
  all.add("ports.services", words_for(p.services));
  all.seconds("ports.quarantine_s", p.quarantine);
  all.add("ports.quota", p.quota ? std::to_string(*p.quota) : "None");
  if (p.rules.empty())
    all.add("ports.rules", "[]");
  all.seconds("ports.look_every_s", p.look_every);
  all.add("ports.unused_after_days", days(p.unused_after));
  all.add("ports.collect_after_days", days(p.collect_after));
  all.add("ports.collect", words_for(p.collect));
  all.add("ports.import", p.import);
}

std::string shown_limit(uint64_t limit) {
  return limit == core::no_limit ? "None" : std::to_string(limit);
}

std::string_view name_of(log_level level) {
  constexpr std::array<std::string_view, 4> names
      = {"debug", "info", "warning", "error"};
  return names[static_cast<size_t>(level)];
}

} // namespace

std::string report_configuration(const configuration& c,
                                 const os::places& where, const options& given,
                                 const std::string& path,
                                 const std::string& text) {
  report all{text};
  all.add("user", c.user);
  all.add("admin_group", c.admin_group);
  all.add("system_users", words_for(c.system_users));
  all.place("socket", where.socket, given.socket.has_value(), where.system);
  all.place("state_dir", where.state_dir, given.state_dir.has_value(),
            where.system);
  all.place("runtime_dir", where.runtime_dir, given.runtime_dir.has_value(),
            where.system);
  all.add("log_level", std::string{name_of(c.level)});
  all.add("http", words_for(c.http.value_or(usual_http_address(where))),
          given.http            ? "command line"
          : all.in_file("http") ? "file"
                                : "default");
  all.add("http_names", words_for(c.http_names));
  all.add("limits.connections_per_user", c.connections.connections_per_user);
  all.add("limits.bytes_in_flight_per_user", c.connections.bytes_per_user);
  all.add("limits.output_per_connection", c.connections.output_per_connection);
  all.add("limits.processes_per_user", shown_limit(c.limits.usual.processes));
  all.add("limits.starts_per_minute",
          shown_limit(c.limits.usual.starts_per_minute));
  all.add("limits.log_bytes_per_user", shown_limit(c.limits.usual.log_bytes));
  if (c.limits.rules.empty())
    all.add("limits.rules", "[]");
  all.add("limits.contact", c.limits.contact);
  all.add("stop.signal", protocol::signal_name(c.process.stop.signal));
  all.seconds("stop.timeout_s", c.process.stop.timeout);
  all.seconds("restart.backoff_max_s", c.process.restart.backoff_max);
  all.seconds("restart.reset_after_s", c.process.restart.reset_after);
  all.add("restart.give_up_after", c.process.restart.give_up_after);
  all.add("finished_kept", c.finished_kept);
  all.add("events.file_mib", c.event_file_bytes / (1024 * 1024));
  all.add("events.files", c.event_files);
  all.seconds("hooks.timeout_s", c.hooks.timeout);
  add_ports(all, c.ports);
  all.add("logs.size_kib", c.logs.limits.bytes / 1024);
  all.add("logs.keep", c.logs.limits.keep);
  if (c.logs.rules.empty())
    all.add("logs.rules", "[]");
  all.add_rest();
  return all.json(path, !text.empty());
}

} // namespace hiisi::hiidet
